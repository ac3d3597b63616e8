/** Ways to write attributes that an org may answer to (genesys-cloud.md §5 and §6); the paths of the others are unknown there. */
export const targets = ['voice', 'attributes', 'secure-attributes', 'custom-attributes'] as const;

export type Target = (typeof targets)[number];
