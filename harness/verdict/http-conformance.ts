/**
 * What clients were answered keeps the promise published for it: the operation, its status, the content type and the
 * schema of the body, by the OpenAPI documents kept in the run.
 */
import { isOpenApi, promisesOf } from '../contract/document/openapi-answers.ts';
import type { ExperimentEvidence } from '../evidence/run-folder.ts';
import type { Schemas } from './conformance.ts';
import { counted, type Judgement, noneOf, unsure } from './judgement.ts';

export interface HttpConformance {
  readonly checked: number;
  readonly broken: readonly string[];
  /** Bodies too long to be kept: operation, status and content type were looked at all the same. */
  readonly bodiesUnseen: number;
}

/** An answer that nobody promised is as broken as a promised one of another shape. */
export function answers(evidence: ExperimentEvidence, schemas: Schemas | undefined): Judgement {
  const seen = checkAnswers(evidence, schemas);
  if ('missing' in seen) return unsure(seen.missing);
  const { checked, broken, bodiesUnseen } = seen;
  const found = { wrong: broken.length, checked, unit: 'answers', examples: broken };
  if (broken.length > 0) {
    return noneOf('fail', {
      ...found,
      because: `${broken.length} of ${counted(checked, 'answer')} broke the contract, first: ${broken[0]}`,
    });
  }
  const unseen = bodiesUnseen > 0 ? `; ${counted(bodiesUnseen, 'long body')} not kept and so not compared` : '';
  return noneOf('pass', {
    ...found,
    because: `${counted(checked, 'answer')} kept operation, status, content type and schema${unseen}`,
  });
}

export function checkAnswers(
  evidence: ExperimentEvidence,
  schemas: Schemas | undefined,
): HttpConformance | { readonly missing: string } {
  if (evidence.answers === undefined) return { missing: 'answers.ndjson is missing, so nobody knows what clients were answered' };
  const documents = Object.values(schemas ?? {}).filter(isOpenApi);
  if (documents.length === 0)
    return { missing: 'the run kept no copy of an OpenAPI document, so nothing can be compared with it' };
  if (evidence.answers.length === 0) return { missing: 'no answer of this experiment was kept' };
  const promise = promisesOf(documents);
  const broken: string[] = [];
  let bodiesUnseen = 0;
  for (const answer of evidence.answers) {
    if (answer.body === undefined && answer.bodyBytes > 0) bodiesUnseen += 1;
    const because = promise(answer);
    if (because.length > 0) broken.push(`${answer.method} ${answer.path} -> ${answer.status}: ${because.join('; ')}`);
  }
  return { checked: evidence.answers.length, broken, bodiesUnseen };
}
