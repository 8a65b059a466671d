/** GitHub's own reader of workflows. Its package imports JSON without saying so, which Node wants. */
import { registerHooks } from 'node:module'

registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
})
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } =
  await import('@actions/workflow-parser')

/** What is wrong with a workflow, in its reader's words. */
export async function workflowProblems(name: string, content: string): Promise<readonly string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter())
  const found = context.errors.getErrors().map(({ message }) => message)
  if (value === undefined || found.length > 0) return found
  const template = await convertWorkflowTemplate(context, value)
  return (template.errors ?? []).map(({ Message }) => Message)
}
