import { ApiProperty } from '@nestjs/swagger';
import { QUOTA_NAMES, type QuotaName, type Usage } from '../../platform/quotas/index.js';

export class QuotaUsageDto implements Usage {
  @ApiProperty({ enum: QUOTA_NAMES }) quota: QuotaName;
  @ApiProperty({ enum: ['rows', 'bytes'] }) unit: 'rows' | 'bytes';
  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'What is kept. What is deleted and can be restored is kept.',
  })
  used: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'Writes that would go over it are refused with `quota.reached`; null when there is none.',
  })
  limit: number | null;
}

export class UsageDto {
  @ApiProperty({ type: [QuotaUsageDto], description: 'One for each quota.' }) data: QuotaUsageDto[];
}
