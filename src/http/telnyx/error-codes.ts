/** The vendor's error codes that this face gives, with their exact titles and the detail when nothing better is known. */
export const ERROR_CODES = {
  '10004': { title: 'Missing required parameter', detail: 'A required parameter was missing.' },
  '10005': { title: 'Resource not found', detail: 'The requested resource or URL could not be found.' },
  '10006': { title: 'Not authorized', detail: 'You are not authorized to access the requested resource.' },
  '10007': { title: 'Unexpected error', detail: 'An unexpected error occured.' },
  '10009': { title: 'Authentication failed', detail: 'Could not understand the provided credentials.' },
  '10010': { title: 'Authorization failed', detail: 'You are not authorized to perform the requested action.' },
  '10011': { title: 'Too many requests', detail: 'You have exceeded the maximum number of allowed requests.' },
  '10012': { title: 'Duplicate resource', detail: 'Resource is a duplicate.' },
  '10015': { title: 'Bad Request', detail: 'The request failed because it was not well-formed.' },
  '10016': { title: 'Phone number must be in +E.164 format', detail: 'The phone number must be in +E.164 format.' },
  '10017': {
    title: 'Associated resource does not exist',
    detail: 'The requested parameter is invalid as the associated resource does not exist.',
  },
  '10021': { title: 'Resource in use', detail: 'The resource can not be removed as it is still in use.' },
  '10023': { title: 'Invalid JSON', detail: 'The request body is not valid JSON.' },
  '10027': {
    title: 'Unprocessable Entity',
    detail: 'The server understood the syntax of the request but was unable to process the instructions.',
  },
  '10029': { title: 'Expected JSON Content-Type', detail: 'Send the body as application/json in UTF-8, not compressed.' },
  '10030': { title: 'Method not allowed', detail: 'The URL is valid, but the method is not allowed.' },
  '10031': { title: 'Invalid request filter', detail: 'The filter is not one of this list.' },
  '10032': { title: 'Invalid enumerated value', detail: 'The value is not one of the allowed ones.' },
  '10033': { title: 'Value outside of range', detail: 'The value is outside of its range.' },
  '10035': { title: 'Resource locked', detail: 'The resource is locked.' },
  '10037': { title: 'Service unavailable', detail: 'The service is temporarily unavailable. Please retry later.' },
  '10039': { title: 'Feature limited', detail: 'This is not available here yet.' },
  '20100': { title: 'Insufficient Funds', detail: 'The available balance does not cover this order.' },
  '85000': {
    title: 'Must search phone number via search API first',
    detail: 'You must search for the number through our API before attempting to purchase.',
  },
  '85001': { title: 'Phone numbers not available', detail: 'The numbers you are trying to order are no longer available for purchase.' },
  '85003': {
    title: 'Regulatory requirements already satisfied',
    detail: 'Regulatory requirements cannot be updated once all have been satisfied.',
  },
  '85006': { title: 'The phone number is already reserved', detail: 'The phone number is already reserved.' },
  '85007': { title: 'Reservation limit exceeded', detail: 'The limit of reserved numbers is exceeded.' },
  '85008': { title: 'Reservation extension limit exceeded', detail: 'The limit of extensions is exceeded.' },
  '85004': { title: 'Invalid connection id provided', detail: 'The connection id is not one of yours.' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
