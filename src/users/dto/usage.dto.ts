import { ApiProperty } from '@nestjs/swagger';
import { QUOTA_NAMES, type QuotaName, type Usage } from '../../platform/quotas/index.js';

export class QuotaUsageDto implements Usage {
  @ApiProperty({ enum: QUOTA_NAMES, description: 'What is limited.' }) quota: QuotaName;
  @ApiProperty({ enum: ['rows', 'bytes'], description: 'What `used` and `limit` count.' }) unit:
    'rows' | 'bytes';
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'What is stored now. Deleted items that can be restored count.',
    example: 12,
  })
  used: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'The limit. A write that would exceed it gets 507 `quota.reached`. Null for no limit.',
    example: 100000,
  })
  limit: number | null;
}

export class UsageDto {
  @ApiProperty({ type: [QuotaUsageDto], description: 'One entry for each quota.' })
  data: QuotaUsageDto[];
}
