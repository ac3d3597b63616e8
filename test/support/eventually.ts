/** How long a condition may take, in ms: far more than any should on two busy cores. */
const patience = 15_000;

/** Resolves when `condition` holds. Rejects, naming `what`, if it never does: no test sleeps and hopes. Times in ms. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { within = patience, every = 2 }: { within?: number; every?: number } = {},
): Promise<void> {
  const started = performance.now();
  while (!(await condition())) {
    if (performance.now() - started > within) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
