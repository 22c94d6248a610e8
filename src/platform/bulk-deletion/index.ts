export { BulkDeletion, BulkDeletionTools, type SentFilter } from './bulk-deletion.js';
export { BulkDeletionErrors } from './bulk-deletion.errors.js';
export { BulkDeletionModule } from './bulk-deletion.module.js';
export { BulkDeletionDto, DeletionJobDto, DeletionPreviewDto } from './dto/bulk-deletion.dto.js';
