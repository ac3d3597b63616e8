import { Command } from 'commander';
import { deadLettersSchema, retriedSchema } from '../intent/local-api/dead-letters.js';
import { answering, ask, asking, type AskOptions, type Question } from './ask.js';
import { deadLettersPage } from './dead-letters-page.js';
import { paintFor } from './page.js';

/** `attributed dead-letters list|retry ID|drop ID`: what could not be written, and what is to be done about it. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('what could not be written, and why')
    .addCommand(
      asking(new Command('list').description('list them, oldest first'))
        .option('--values', 'show attribute values', false)
        .action((options: AskOptions & { values: boolean }) =>
          asked(options, { path: `/dead-letters${options.values ? '?values=true' : ''}` }, (body) =>
            deadLettersPage(deadLettersSchema.parse(body), paintFor(process.stdout)),
          ),
        ),
      { isDefault: true },
    )
    .addCommand(
      asking(new Command('retry').description('accept one anew, without the keys that a newer wish has set').argument('<id>')).action(
        (id: string, options: AskOptions) =>
          asked(options, { method: 'POST', path: `/dead-letters/${encodeURIComponent(id)}/retry` }, (body) => {
            const { intentId, state, leftOut = [] } = retriedSchema.parse(body);
            return `${intentId} is ${state}${leftOut.length === 0 ? '' : `; newer wishes have set ${leftOut.join(', ')}`}\n`;
          }),
      ),
    )
    .addCommand(
      asking(new Command('drop').description('drop one for good').argument('<id>')).action((id: string, options: AskOptions) =>
        asked(options, { method: 'DELETE', path: `/dead-letters/${encodeURIComponent(id)}` }, () => `${id} is dropped\n`),
      ),
    );
}

/** Asks, and prints the answer as JSON or in words; no answer has no JSON. */
function asked(options: AskOptions, question: Question, inWords: (body: unknown) => string): Promise<void> {
  return answering(async () => {
    const body = await ask(options, question);
    if (!options.json) process.stdout.write(inWords(body));
    else if (body !== undefined) process.stdout.write(`${JSON.stringify(body, null, 2)}\n`);
  });
}
