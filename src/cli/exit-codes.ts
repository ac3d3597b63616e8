/** Exit codes of the program (design.md §2). */
export const exitCodes = { stopped: 0, crashed: 1, outboxHeld: 75, credentialsRefused: 77, configInvalid: 78 } as const;
