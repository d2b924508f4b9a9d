// Where the ticks of an axis go, and what stands at them.

/** Ticks within a range of places, about `wanted` of them: [place, text]. */
function ticksOf(isLog, [low, high], wanted) {
  return isLog ? ticksOfRatios(low, high, wanted) : ticksOfDifferences(low, high, wanted);
}

function ticksOfDifferences(low, high, wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? rough;
  const places = [];
  for (let i = Math.ceil(low / step); i <= Math.floor(high / step) && places.length < 50; i++)
    places.push(i * step);
  // One more than tell neighbours apart, for steps of 2.5; zeros at the end are left out.
  const digits =
    Math.min(12, Math.max(0, Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high)) / step)))) + 3;
  const texts = inOneNotation(places, digits);
  return places.map((place, i) => [place, texts[i]]);
}

function ticksOfRatios(low, high, wanted) {
  const [first, last] = [Math.ceil(low), Math.floor(high)];
  const decades = Math.max(0, last - first + 1);
  if (decades >= 3) {
    const every = Math.max(1, Math.ceil(decades / Math.max(2, wanted)));
    const kept = range(first, last).filter((e) => ((e % every) + every) % every === 0);
    const isPlain = kept.every((e) => e >= -2 && e <= 3);
    return kept.map((e) => [e, isPlain ? short(10 ** e, 1) : power(e)]);
  }
  for (const digits of [[1, 2, 5], [1, 2, 3, 5], [1, 2, 3, 5, 7]]) {
    const numbers = range(first - 1, last + 1).flatMap((e) => digits.map((m) => Number(`${m}e${e}`)));
    const inside = numbers.filter((x) => Math.log10(x) >= low && Math.log10(x) <= high);
    const texts = inOneNotation(inside, 2);
    if (inside.length >= 3) return inside.map((x, i) => [Math.log10(x), texts[i]]);
  }
  const even = ticksOfDifferences(10 ** low, 10 ** high, wanted);
  return even.filter(([x]) => x > 0).map(([x, text]) => [Math.log10(x), text]);
}

/** Numbers, all of them written out, or all with powers of ten. */
function inOneNotation(numbers, digits) {
  const written = numbers.map((x) => plain(x, digits));
  const isLong = written.some((text) => text.includes("e"));
  const texts = isLong ? numbers.map((x) => scientific(x, digits)) : written;
  return texts.map((text) => text.replace("-", "−"));
}

function range(first, last) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
