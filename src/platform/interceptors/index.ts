export { DirectInterceptor, runDirectly } from './direct-interceptor.js';
