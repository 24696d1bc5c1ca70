/** A count in words: `1 point`, `2 points`. */
export function pointCount(count: number): string {
  return `${String(count)} ${count === 1 ? 'point' : 'points'}`;
}
