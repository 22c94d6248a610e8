// The pages of the documentation, in reading order. `slug` is the name of the file in `docs/`
// without `.md`, and the last part of the address.
export interface NavigationSection {
  readonly title: string;
  readonly slugs: readonly string[];
}

/** The page at `/docs`. */
export const HOME = 'README';

export const NAVIGATION: readonly NavigationSection[] = [
  { title: 'Begin', slugs: [HOME, 'start', 'chat', 'remember', 'accounts', 'calling', 'webhooks'] },
  { title: 'Run it', slugs: ['operate', 'import', 'limits', 'asvs'] },
  { title: 'Look up', slugs: ['errors', 'features', 'coming-from', 'what-it-does-not-do'] },
];

export const SLUGS: readonly string[] = NAVIGATION.flatMap(({ slugs }) => slugs);

export const addressOf = (slug: string): string => (slug === HOME ? '/docs' : `/docs/${slug}`);
