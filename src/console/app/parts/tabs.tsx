interface Tab {
  readonly title: string;
  readonly link: string;
  readonly isCurrent: boolean;
}

/** Links between the parts of a page. */
export const Tabs = ({ label, of }: { label: string; of: readonly Tab[] }) => (
  <nav class="tabs" aria-label={label}>
    {of.map(({ title, link, isCurrent }) => (
      <a key={title} href={link} aria-current={isCurrent ? 'page' : undefined}>
        {title}
      </a>
    ))}
  </nav>
);
