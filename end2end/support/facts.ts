// Waiting for a fact, with a deadline: the only kind of waiting the tests know beside Playwright's own.

/** Asks until there is an answer. `whyNot` is put into the failure, so that it says more than "too late". */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  options: { withinMs?: number; whyNot?: () => string } = {},
): Promise<T> {
  const withinMs = options.withinMs ?? 60_000;
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}\n${options.whyNot?.() ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
