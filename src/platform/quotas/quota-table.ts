// Groups the quotas that one statement counts, and says how a user frees space for each.
import type { QuotaName } from '../config/quota-settings.js';

/** An amount of each quota. */
export type Amounts = Partial<Record<QuotaName, number>>;

/** Quotas of one area are counted by one statement. */
export type QuotaArea =
  | 'conversations'
  | 'memories'
  | 'manifests'
  | 'modelCalls'
  | 'configs'
  | 'plans'
  | 'store'
  | 'checkpoints'
  | 'keys'
  | 'answers';

interface Quota {
  area: QuotaArea;
  unit: 'rows' | 'bytes';
  setting: string;
  /** How the user can free space. */
  remedy: string;
}

const conversations = {
  area: 'conversations',
  remedy: 'Purge conversations, or remove summaries',
} as const;
const memories = { area: 'memories', remedy: 'Forget or purge memories' } as const;
const manifests = {
  area: 'manifests',
  remedy: 'Purge conversations, or wait until old manifests expire',
} as const;

const modelCalls = {
  area: 'modelCalls',
  remedy: 'Delete model calls, or wait until old ones expire',
} as const;

const store = { area: 'store', remedy: 'Delete items of the store' } as const;
const checkpoints = {
  area: 'checkpoints',
  remedy: 'Delete threads of checkpoints, or keep fewer checkpoints of each',
} as const;

export const QUOTAS: Readonly<Record<QuotaName, Quota>> = {
  conversations: { ...conversations, unit: 'rows', setting: 'QUOTA_CONVERSATIONS' },
  messages: { ...conversations, unit: 'rows', setting: 'QUOTA_MESSAGES' },
  messageBytes: { ...conversations, unit: 'bytes', setting: 'QUOTA_MESSAGE_BYTES' },
  memories: { ...memories, unit: 'rows', setting: 'QUOTA_MEMORIES' },
  memoryVersions: {
    area: 'memories',
    unit: 'rows',
    setting: 'QUOTA_MEMORY_VERSIONS',
    remedy: 'Purge memories',
  },
  memoryBytes: { ...memories, unit: 'bytes', setting: 'QUOTA_MEMORY_BYTES' },
  manifests: { ...manifests, unit: 'rows', setting: 'QUOTA_MANIFESTS' },
  manifestBytes: { ...manifests, unit: 'bytes', setting: 'QUOTA_MANIFEST_BYTES' },
  modelCalls: { ...modelCalls, unit: 'rows', setting: 'QUOTA_MODEL_CALLS' },
  modelCallBytes: { ...modelCalls, unit: 'bytes', setting: 'QUOTA_MODEL_CALL_BYTES' },
  configVersions: {
    area: 'configs',
    unit: 'rows',
    setting: 'QUOTA_CONFIG_VERSIONS',
    remedy: 'Remove agent configurations or aliases',
  },
  plans: { area: 'plans', unit: 'rows', setting: 'QUOTA_PLANS', remedy: 'Purge tasks or events' },
  storeItems: { ...store, unit: 'rows', setting: 'QUOTA_STORE_ITEMS' },
  storeBytes: { ...store, unit: 'bytes', setting: 'QUOTA_STORE_BYTES' },
  checkpoints: { ...checkpoints, unit: 'rows', setting: 'QUOTA_CHECKPOINTS' },
  checkpointBytes: { ...checkpoints, unit: 'bytes', setting: 'QUOTA_CHECKPOINT_BYTES' },
  keys: { area: 'keys', unit: 'rows', setting: 'QUOTA_KEYS', remedy: 'Revoke keys' },
  answerBytes: {
    area: 'answers',
    unit: 'bytes',
    setting: 'QUOTA_ANSWER_BYTES',
    remedy: 'Send requests without an Idempotency-Key, wait until answers are a day old',
  },
};

export const QUOTA_NAMES = Object.keys(QUOTAS) as QuotaName[];

export const areasOf = (amounts: Amounts): QuotaArea[] => [
  ...new Set(namesIn(amounts).map((name) => QUOTAS[name].area)),
];

export const namesIn = (amounts: Amounts): QuotaName[] => Object.keys(amounts) as QuotaName[];

export const quotasInArea = (area: QuotaArea): QuotaName[] =>
  QUOTA_NAMES.filter((name) => QUOTAS[name].area === area);
