import { messageOf } from '../base/errors.js';

/** OpenSSL's words for a chain that ends in nothing this machine trusts. */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

/** Why a connection did not come about, on one line, and what may be done about it where that is known. */
export function connectionTrouble(error: unknown): string {
  const message = messageOf(error);
  const remedy = remedyOf(codeIn(error));
  return remedy === undefined ? message : `${message}: ${remedy}`;
}

/** The code of a failure of Node's; undefined for any other. */
export function codeIn(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function remedyOf(code: string | undefined): string | undefined {
  if (code === undefined) return undefined;
  if (untrusted.has(code))
    return 'nobody this machine trusts vouches for the certificate; if it is of your own CA, or a proxy opens TLS, start with NODE_EXTRA_CA_CERTS=FILE (the CA as PEM)';
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'the certificate is for another host; check the URL, and whether something stands in between';
    case 'CERT_HAS_EXPIRED':
      return 'the certificate has expired; have it renewed, and check the clock of this machine';
    case 'CERT_NOT_YET_VALID':
      return 'the certificate is not valid yet; check the clock of this machine';
    default:
      return undefined;
  }
}
