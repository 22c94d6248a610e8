export { ContextManifest } from './manifests/context-manifest.entity.js';
export {
  type ContextPart,
  type ContextQuestion,
  type ContextSource,
  ContextSources,
  type Contribution,
  type Origin,
  type PreparedSource,
  type SourceState,
} from './context-source.js';
export { TRUST } from './plan/recalled.js';
export { BuildContextDto, ContextDto } from './dto/context.dto.js';
export { ContextErrors } from './context.errors.js';
export { ContextService } from './context.service.js';
export { ContextWindowModule } from './context-window.module.js';
export { SummariesRepository } from './summaries/summaries.repository.js';
export { SummariesService } from './summaries/summaries.service.js';
export { Summary } from './summaries/summary.entity.js';
