import fc from 'fast-check';

const blank = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t ');

const numberText = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('-0', '0.0', '1E5', '-1.5e-3', '12345678901234567890'),
);

/** A text as JSON has it; some characters are escaped that need not be. */
const textText = fc.oneof(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.string().map((value) => JSON.stringify(value)),
  fc
    .string({ maxLength: 4 })
    .map((value) => `"${value.replaceAll(/./gs, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`),
);

/** Members as text, whatever they are called, in braces and with blanks. */
export function objectText(members: fc.Arbitrary<readonly (readonly [name: string, value: string])[]>): fc.Arbitrary<string> {
  return fc
    .tuple(members, blank)
    .map(([all, space]) => `{${space}${all.map(([name, value]) => `${name}${space}:${space}${value}`).join(`${space},`)}${space}}`);
}

/** JSON, of any kind and with blanks in it; the same name may stand twice in an object. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc
    .tuple(
      blank,
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(fc.constantFrom('true', 'false', 'null'), numberText, textText),
        fc.array(tie('value'), { maxLength: 4 }).map((all) => `[${all.join(',')}]`),
        objectText(fc.array(fc.tuple(textText, tie('value')), { maxLength: 4 })),
      ),
      blank,
    )
    .map((parts) => parts.join('')),
})).value;

/** The text's bytes with one of them another one, left out, doubled or the last. */
export function mutated(text: string): fc.Arbitrary<Buffer> {
  const bytes = Buffer.from(text);
  const other = fc.oneof(fc.constantFrom(...Buffer.from('{}[]",:\\0e.-+ \n')), fc.nat(255));
  return fc
    .tuple(fc.nat(Math.max(0, bytes.length - 1)), other, fc.constantFrom('change', 'insert', 'drop', 'double', 'cut'))
    .map(([at, value, how]) => {
      const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
      switch (how) {
        case 'change':
          return Buffer.concat([head, Buffer.of(value), tail.subarray(1)]);
        case 'insert':
          return Buffer.concat([head, Buffer.of(value), tail]);
        case 'drop':
          return Buffer.concat([head, tail.subarray(1)]);
        case 'double':
          return Buffer.concat([head, tail, tail]);
        default:
          return head;
      }
    });
}
