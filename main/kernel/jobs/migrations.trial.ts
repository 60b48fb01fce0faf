import { durableJobTables, jobLeaseColumns, jobTables } from './tables.ts'

/** A workspace with the tables of jobs and no others. */
export const migrations = [{ name: 'jobs', statements: [...jobTables, ...jobLeaseColumns, ...durableJobTables] }]
