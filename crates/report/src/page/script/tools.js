// What all topics use: the data of the page, elements, numbers and colours.

const data = JSON.parse(document.getElementById("data").textContent);

const SVG = "http://www.w3.org/2000/svg";

/** An element of HTML. A function among the attributes listens: `onclick`. What is null is left out. */
function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of SVG, likewise. */
function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** A number in so many significant digits as it is read; very large and small ones as 1.2·10⁻⁷. */
function short(x, digits = 5) {
  if (typeof x !== "number") return plain(x);
  const text = plain(x, digits);
  return (text.includes("e") ? scientific(x, digits) : text).replace("-", "−");
}

/** The same as programs read it: 1.2e-7. */
function plain(x, digits = 5) {
  if (x === null || x === undefined) return "";
  if (typeof x !== "number") return String(x);
  if (x === 0 || !Number.isFinite(x)) return String(x === 0 ? 0 : x);
  const exponent = Number(x.toExponential(digits - 1).split("e")[1]);
  if (exponent < -4 || exponent >= 7) return String(Number(x.toExponential(digits - 1)).toExponential());
  return String(Number(x.toPrecision(digits)));
}

const DIGITS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** m·10ⁿ, without an m of 1. */
function scientific(x, digits) {
  if (x === 0) return "0";
  const [mantissa, exponent] = x.toExponential(digits - 1).split("e");
  const factor = String(Number(mantissa));
  if (factor === "1") return power(Number(exponent));
  return factor === "-1" ? `-${power(Number(exponent))}` : `${factor}·${power(Number(exponent))}`;
}

function power(exponent) {
  return `10${[...String(exponent)].map((digit) => DIGITS[digit]).join("")}`;
}

/** A scale: from numbers to places, and back. */
const LINEAR = { of: (x) => x, at: (place) => place };
const LOG = { of: (x) => (x > 0 ? Math.log10(x) : NaN), at: (place) => 10 ** place };

const canvas = document.createElement("canvas").getContext("2d");

/** The width of a text in pixels. */
function widthOf(text, size) {
  canvas.font = `${size}px system-ui, sans-serif`;
  return canvas.measureText(text).width;
}

/**
 * The lines of a text, broken between words so that none is wider than `width`, as far as words allow. A
 * number and what it counts are not parted.
 */
function wrapped(text, size, width) {
  const lines = [];
  for (const whole of text.split("\n")) {
    let line = "";
    for (const word of whole.match(/[([]?[-\d.]+\s+\S+|\S+/g) ?? []) {
      const longer = line ? `${line} ${word}` : word;
      if (line && widthOf(longer, size) > width) {
        lines.push(line);
        line = word;
      } else {
        line = longer;
      }
    }
    lines.push(line);
  }
  return lines;
}

// Colours: figures are made for white paper. In the dark each has a colour of its own with the same hue.

const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
const known = new Set();

/** The class that gives an element a colour as its `fill` or `stroke`. */
function paint(hex, property) {
  const name = `${property}-${hex.slice(1)}`;
  if (!known.has(name)) {
    known.add(name);
    sheet.insertRule(`.${name} { ${property}: light-dark(${hex}, ${inTheDark(hex)}); }`);
  }
  return name;
}

/** Greys and pale colours change places with dark ones; others become lighter, in the same order. */
function inTheDark(hex) {
  const [lightness, a, b] = oklab(hex);
  const isPale = lightness > 0.8;
  const isPaper = Math.hypot(a, b) < 0.03 || isPale;
  const lighter = isPaper ? Math.min(0.95, 1.13 - lightness) : 0.56 + 0.36 * lightness;
  const share = isPale ? 0.8 : 1;
  return fromOklab([lighter, a * share, b * share]);
}

/** Björn Ottosson, *A perceptual color space for image processing*, 2020. */
function oklab(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([lightness, a, b]) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const channel = (c) => {
    const bounded = Math.min(1, Math.max(0, c));
    const value = bounded <= 0.0031308 ? 12.92 * bounded : 1.055 * bounded ** (1 / 2.4) - 0.055;
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${linear.map(channel).join("")}`;
}

/** Hands a file to the reader. */
function download(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = el("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** Rows of cells as CSV (RFC 4180). */
function csv(rows) {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\n") + "\n";
}
