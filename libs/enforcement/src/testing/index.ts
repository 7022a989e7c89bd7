export { ownPlanCases, type PlanCase, readPlanCases } from './cases.js';
export { automatically, byPolicy, catalogue, input, mac, release } from './inputs.js';
