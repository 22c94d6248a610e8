export { ApiKey } from './api-keys/api-key.entity.js';
export { ApiKeysService } from './api-keys/api-keys.service.js';
export { User } from './user.entity.js';
export { UsersModule } from './users.module.js';
