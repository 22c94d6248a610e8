/** The Nil and the Max UUID of RFC 9562: no id comes before the one, or behind the other. */
export const NIL_UUID = '00000000-0000-0000-0000-000000000000';
export const MAX_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
