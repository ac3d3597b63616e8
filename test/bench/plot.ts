/** A group of bars: one value for each series. */
interface Group {
  name: string;
  values: readonly number[];
}

export interface BarPlot {
  title: string;
  /** What the bars measure, with its unit. */
  unit: string;
  series: readonly string[];
  groups: readonly Group[];
  /** Bars that are longer end here, and say so. */
  most: number;
}

const colours = ['#1f6f8b', '#99a8b2', '#c8b68c', '#d98f5c', '#b8553f', '#5d4a66'];

const bar = 13;
const gap = 20;
const left = 210;
const width = 860;

/** Horizontal bars as an SVG: text in the reader's own font, readable on light and dark pages. */
export function barPlot({ title, unit, series, groups, most }: BarPlot): string {
  const scale = (width - left - 70) / most;
  const height = 82 + groups.length * (series.length * bar + gap);
  const parts: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="10" y="20" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    `<text x="10" y="38" fill="#555555">${escaped(unit)}</text>`,
    ...series.map(
      (name, index) =>
        `<rect x="${10 + legendAt(series, index)}" y="49" width="10" height="10" fill="${colours[index] ?? '#000000'}"/>` +
        `<text x="${10 + legendAt(series, index) + 14}" y="58">${escaped(name)}</text>`,
    ),
  ];
  for (const [place, { name, values }] of groups.entries()) {
    const top = 76 + place * (series.length * bar + gap);
    parts.push(`<text x="${left - 8}" y="${top + (series.length * bar) / 2 + 4}" text-anchor="end">${escaped(name)}</text>`);
    for (const [index, value] of values.entries()) {
      const length = Math.max(1, Math.min(value, most) * scale);
      const y = top + index * bar;
      parts.push(`<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar - 2}" fill="${colours[index] ?? '#000000'}"/>`);
      parts.push(
        `<text x="${(left + length + 4).toFixed(1)}" y="${y + bar - 3}" font-size="10">${figure(value)}${value > most ? ' →' : ''}</text>`,
      );
    }
  }
  return `${parts.join('\n')}\n</svg>\n`;
}

function legendAt(series: readonly string[], index: number): number {
  return series.slice(0, index).reduce((sum, name) => sum + 34 + name.length * 6.4, 0);
}

function figure(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
