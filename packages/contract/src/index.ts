export { Failure, formatProblem, type Problem, type ProblemCode, problemCodes } from './problem.ts';
