// Reads {workflow, scenarios} from standard input and writes what becomes of each job in each scenario, by GitHub's
// own parser and expression engine: {errors, jobs, outcomes, steps}. A job that would run a step whose script ends
// with "exit 1" fails. Of the jobs for which a scenario gives the context of their steps, the steps are named that
// run.
//
// A scenario gives the contexts (github, inputs, and steps by job), the outputs of jobs, how jobs end that run and
// do not succeed (results), and whether the run was cancelled. A job's status functions look at all jobs it depends on, however
// far: https://docs.github.com/actions/reference/workflows-and-actions/expressions#status-check-functions
import fs from 'node:fs';
import {convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow} from '@actions/workflow-parser';
import {data, Evaluator, Lexer, Parser} from '@actions/expressions';

const {workflow, scenarios} = JSON.parse(fs.readFileSync(0, 'utf8'));
const file = {name: workflow, content: fs.readFileSync(workflow, 'utf8')};
const parsed = parseWorkflow(file, new NoOperationTraceWriter());
const template = await convertWorkflowTemplate(parsed.context, parsed.value, undefined, {errorPolicy: 1});

const value = (plain) => {
  if (plain === null || plain === undefined) return new data.Null();
  if (Array.isArray(plain)) return new data.Array(...plain.map(value));
  if (typeof plain === 'object') {
    return new data.Dictionary(...Object.entries(plain).map(([key, item]) => ({key, value: value(item)})));
  }
  if (typeof plain === 'boolean') return new data.BooleanData(plain);
  return typeof plain === 'number' ? new data.NumberData(plain) : new data.StringData(plain);
};

const evaluate = (expression, contexts, status) => {
  const functions = Object.entries(status).map(([name, state]) => ({
    name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(state),
  }));
  const tree = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), functions).parse();
  return new Evaluator(tree, value(contexts), new Map(functions.map((each) => [each.name, each]))).evaluate();
};

const jobs = template.jobs.map((job) => ({
  id: job.id.value,
  needs: (job.needs ?? []).map((each) => each.value),
  condition: job.if.expression,
  steps: job.steps.map((step) => ({name: step.name?.value ?? step.id, condition: step.if.expression})),
  refusals: job.steps.filter((step) => /^exit 1$/m.test(step.run?.value ?? '')).map((step) => step.if.expression),
}));

const ancestors = (id) => {
  const direct = jobs.find((job) => job.id === id).needs;
  return new Set([...direct, ...direct.flatMap((each) => [...ancestors(each)])]);
};

const play = ({github = {}, inputs = {}, outputs = {}, results = {}, cancelled = false}) => {
  const outcomes = {};
  const waiting = [...jobs];
  while (waiting.length) {
    const job = waiting.splice(waiting.findIndex((each) => each.needs.every((id) => id in outcomes)), 1)[0];
    const before = [...ancestors(job.id)].map((id) => outcomes[id]);
    const status = {
      always: true,
      cancelled,
      failure: !cancelled && before.includes('failure'),
      success: !cancelled && before.every((result) => result === 'success'),
    };
    const ran = (id) => outcomes[id] !== 'skipped';
    const needs = Object.fromEntries(
      job.needs.map((id) => [id, {result: outcomes[id], outputs: ran(id) ? outputs[id] ?? {} : {}}]),
    );
    const runs = evaluate(job.condition, {github, inputs, needs}, status).coerceString() === 'true';
    // The status functions of a step look at its own job.
    const own = {always: true, cancelled, failure: false, success: !cancelled};
    const refused = job.refusals.some(
      (condition) => evaluate(condition, {github, inputs, needs}, own).coerceString() === 'true',
    );
    outcomes[job.id] = runs ? results[job.id] ?? (refused ? 'failure' : 'success') : 'skipped';
  }
  return outcomes;
};

const stepsOf = ({github = {}, inputs = {}, steps = {}, cancelled = false}) => {
  const own = {always: true, cancelled, failure: false, success: !cancelled};
  return Object.fromEntries(Object.entries(steps).map(([id, context]) => {
    const runs = ({condition}) => evaluate(condition, {github, inputs, steps: context}, own).coerceString() === 'true';
    return [id, jobs.find((job) => job.id === id).steps.filter(runs).map((step) => step.name)];
  }));
};

const errors = parsed.context.errors.getErrors().map((error) => error.message);
process.stdout.write(JSON.stringify({errors, jobs, outcomes: scenarios.map(play), steps: scenarios.map(stepsOf)}));
