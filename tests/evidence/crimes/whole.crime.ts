import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Crimes } from '../../../harness/trial/crime.ts';
import { NotHere } from '../../../harness/trial/scene.ts';
import { must, withChanges, withFault, withSighting } from './picks.ts';

export const whole: Crimes = {
  kind: 'The evidence is whole, agrees with itself, and is what was sealed',
  crimes: [
    ...(['samples', 'outbox', 'effects', 'records', 'ops'] as const).map((kind) => ({
      name: `no-${kind}`,
      what: `Somebody took the ${kind} away and sealed again.`,
      verdict: 'not pass' as const,
      commit: (scene: Parameters<typeof withChanges>[0]) => withChanges(scene).remove(kind),
    })),
    {
      name: 'no-journal',
      what: 'Nobody knows when anything began or ended.',
      verdict: 'not pass',
      commit: (scene) => withChanges(scene).remove('marks'),
    },
    {
      name: 'no-facts',
      what: 'What a check saw is gone.',
      verdict: 'not pass',
      commit(scene) {
        scene.find('facts', (one) => one.rows('facts').length > 0).remove('facts');
      },
    },
    {
      name: 'no-session',
      what: 'What happened between the experiments is gone.',
      verdict: 'not pass',
      commit: (scene) => scene.remove('session.ndjson'),
    },
    {
      name: 'empty-session',
      what: 'What happened between the experiments was emptied.',
      verdict: 'not pass',
      commit: (scene) => scene.session(() => []),
    },
    {
      name: 'logs-not-searched',
      what: 'What was found in the logs is gone.',
      verdict: 'not pass',
      commit(scene) {
        scene.session((marks) => {
          if (!marks.some(({ name }) => name === 'secrets-sought')) throw new NotHere('nobody looked through its logs');
          return marks.filter(({ name }) => name !== 'secrets-sought');
        });
      },
    },
    {
      name: 'a-secret-told',
      what: "A log tells a user's token.",
      verdict: 'fail',
      commit(scene) {
        scene.session((marks) => {
          const look = marks.find(({ name }) => name === 'secrets-sought');
          if (!look) throw new NotHere('nobody looked through its logs');
          look.detail = { ...look.detail, told: 1, where: ["logs/1/backend.log:17: a user's token"] };
        });
      },
    },
    {
      name: 'no-requirements',
      what: 'Nobody can say what the claims were to prove.',
      verdict: 'not pass',
      commit: (scene) => scene.remove('requirements.json'),
    },
    {
      name: 'no-requirements-left',
      what: 'The list of requirements was emptied.',
      verdict: 'not pass',
      commit: (scene) => scene.writeText('requirements.json', '[]\n'),
    },
    {
      name: 'system-unknown',
      what: 'What the system promises is gone.',
      verdict: 'not pass',
      commit: (scene) => scene.remove('system.json'),
    },
    {
      name: 'no-schemas',
      what: 'What events and answers are held against is gone.',
      verdict: 'not pass',
      commit: (scene) => scene.remove('schemas'),
    },
    {
      name: 'an-experiment-gone',
      what: 'The folder of one experiment is gone, and the manifest still names it.',
      verdict: 'not pass',
      commit: (scene) => scene.remove(`experiments/${withChanges(scene).name}`),
    },
    {
      name: 'record-is-empty',
      what: 'What the experiment set out to do is an empty object.',
      verdict: 'not pass',
      commit: (scene) => scene.writeText(`experiments/${withChanges(scene).name}/experiment.json`, '{}\n'),
    },
    {
      name: 'manifest-is-empty',
      what: 'The manifest is an empty object.',
      verdict: 'not pass',
      commit: (scene) => scene.writeText('manifest.json', '{}\n'),
    },
    {
      name: 'another-stage',
      what: 'The record says that it stood on more replicas than were staged.',
      verdict: 'not pass',
      commit(scene) {
        const one = scene.find('a stage', ({ record }) => record.stage !== undefined);
        one.changeRecord((record) => {
          const stage = must(record.stage, 'stage');
          record.stage = { ...stage, replicas: Object.fromEntries(Object.keys(stage.replicas).map((name) => [name, 7])) };
        });
      },
    },
    {
      name: 'fault-of-another-kind',
      what: 'The fault that went in is not the one that was drawn.',
      verdict: 'not pass',
      commit(scene) {
        withFault(scene).changeRecord((record) => {
          record.faults = record.faults.map((fault) => ({ ...fault, to: `${fault.to}-sidecar`, forMs: 1 }));
        });
      },
    },
    {
      name: 'no-fault-planned',
      what: 'The record of a drill names no fault.',
      verdict: 'not pass',
      commit: (scene) => withFault(scene).changeRecord((record) => void (record.faults = [])),
    },
    {
      name: 'nothing-promised',
      what: 'The record of an experiment names no objective, no checker and no fact any more.',
      verdict: 'not pass',
      commit(scene) {
        withChanges(scene).changeRecord((record) => {
          record.slos = [];
          record.checkers = [];
          record.facts = [];
        });
      },
    },
    {
      name: 'says-it-was-skipped',
      what: 'An experiment that was performed says that it was skipped.',
      verdict: 'not pass',
      commit: (scene) => withSighting(scene).changeRecord((record) => void (record.skipped = 'the target can not')),
    },
    {
      name: 'journal-cut-short',
      what: 'The journal ends in the middle of the load.',
      verdict: 'not pass',
      commit: (scene) => withChanges(scene).change('marks', (marks) => marks.slice(0, Math.ceil(marks.length / 2))),
    },
    {
      name: 'fewer-rows-than-collected',
      what: 'The last reads found more than is there.',
      verdict: 'not pass',
      commit(scene) {
        withChanges(scene).spoil('effects', (text) => text.split('\n').slice(0, -2).join('\n').concat('\n'));
      },
    },
    {
      name: 'it-broke',
      what: 'The experiment broke, and its claims hold all the same.',
      verdict: 'not pass',
      commit(scene) {
        withChanges(scene).change('marks', (marks) => [
          ...marks,
          { at: must(marks.at(-1), 'mark').at + 1, kind: 'broke' as const, name: 'the workload threw' },
        ]);
      },
    },
    {
      name: 'interrupted',
      what: 'The run was interrupted after its last experiment.',
      verdict: 'not pass',
      commit: (scene) => scene.writeText('interrupted.json', '{ "interrupted": true, "because": "Ctrl-C" }\n'),
    },
    {
      name: 'changed-after-sealing',
      what: 'A row was added after the evidence was sealed.',
      verdict: 'unsure',
      claims: ['seal'],
      commit: () => undefined,
      afterwards(folder) {
        const [first] = readdirSync(join(folder, 'experiments'));
        const file = join(folder, 'experiments', String(first), 'journal.ndjson');
        if (!existsSync(file)) throw new NotHere('a journal');
        appendTo(file);
      },
    },
    {
      name: 'never-sealed',
      what: 'The evidence was never sealed.',
      verdict: 'unsure',
      claims: ['seal'],
      commit: () => undefined,
      afterwards: (folder) => rmSync(join(folder, 'sealed.json')),
    },
    {
      name: 'looked-at-with-a-file-browser',
      what: 'Innocent: a file browser left its own file in the folder.',
      verdict: 'pass',
      commit: () => undefined,
      afterwards: (folder) => writeFileSync(join(folder, '.DS_Store'), 'Bud1'),
    },
    {
      name: 'reports-beside-it',
      what: 'Innocent: the reports of an earlier judgement lie in the folder.',
      verdict: 'pass',
      commit: () => undefined,
      afterwards: (folder) => writeFileSync(join(folder, 'index.html'), '<!doctype html>'),
    },
    {
      name: 'untouched',
      what: 'Innocent: sealed once more, and nothing else.',
      verdict: 'pass',
      commit: () => undefined,
    },
  ],
};

/** As a new file: through the hard link the innocent run would be changed too. */
function appendTo(file: string): void {
  const text = readFileSync(file, 'utf8');
  rmSync(file);
  writeFileSync(file, `${text}{"at":1,"kind":"note","name":"all was well"}\n`);
}
