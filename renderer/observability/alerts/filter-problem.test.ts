import { expect, it } from 'vitest'
import { AppError } from '#preload/contract/error.ts'
import { refusedProblem, syntaxProblem } from './filter-problem.ts'

it('points at the first fault of the syntax', () => {
  expect(syntaxProblem('severity="critical",team')).toMatchObject({ offset: 24 })
  expect(syntaxProblem('severity="critical"')).toBeNull()
})

it('points at the regular expression that the application refused', () => {
  const text = 'severity="critical",service=~"a{2,1}"'
  const refusal = new AppError('invalid', 'The regular expression in service=~"a{2,1}" is wrong: bad repetition.')
  expect(refusedProblem(text, refusal)).toMatchObject({ offset: text.indexOf('a{2,1}') })
})

it('says nothing of failures that are not about the filter', () => {
  expect(refusedProblem('a="b"', new AppError('unreachable', 'Gone.'))).toBeNull()
  expect(refusedProblem('a="b"', null)).toBeNull()
})
