import { runGatewayWorker } from '#main/integration/gateway/plane/worker.ts'

/** Entry of a worker process of the gateway's data plane; forked by its primary. */
runGatewayWorker()
