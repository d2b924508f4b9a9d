//! HTML put together element by element. Text and attributes are escaped where they are written, so that
//! nothing in a file or a record can become markup; what is markup already is put in with [`Markup::raw`]
//! alone.

use crate::draw::escape;

/// Attributes of an element by their names. One with the value `""` is written without it.
pub(super) type Attributes<'a> = [(&'a str, &'a str)];

/// Elements that have no end.
const VOID: [&str; 5] = ["meta", "input", "br", "link", "img"];

/// A piece of a page.
#[derive(Debug, Default)]
pub(super) struct Markup(String);

impl Markup {
    /// An element with what is inside it.
    pub(super) fn element(&mut self, tag: &str, attributes: &Attributes<'_>, inside: impl FnOnce(&mut Self)) {
        self.open(tag, attributes);
        inside(self);
        self.0 += &format!("</{tag}>");
        if !matches!(tag, "a" | "b" | "i" | "code" | "span" | "td" | "th" | "button") {
            self.0.push('\n');
        }
    }

    /// An element that holds text alone.
    pub(super) fn leaf(&mut self, tag: &str, attributes: &Attributes<'_>, text: &str) {
        self.element(tag, attributes, |markup| markup.text(text));
    }

    /// An element that has no end.
    pub(super) fn void(&mut self, tag: &str, attributes: &Attributes<'_>) {
        debug_assert!(VOID.contains(&tag), "{tag} has an end");
        self.open(tag, attributes);
        self.0.push('\n');
    }

    /// Text.
    pub(super) fn text(&mut self, text: &str) {
        self.0 += &escape(text);
    }

    /// Text in which code stands between backticks.
    pub(super) fn prose(&mut self, text: &str) {
        for (i, part) in text.split('`').enumerate() {
            if i % 2 == 1 { self.leaf("code", &[], part) } else { self.text(part) }
        }
    }

    /// What is markup already.
    pub(super) fn raw(&mut self, markup: &str) {
        self.0 += markup;
    }

    /// A table with a header, in a box of its own that scrolls if it is too wide. The first cell of each row
    /// heads the row.
    pub(super) fn table(&mut self, class: &str, header: &[&str], rows: &[Vec<String>]) {
        self.element("div", &[("class", "scroll"), ("tabindex", "0")], |markup| {
            markup.element("table", &[("class", class)], |markup| {
                markup.element("thead", &[], |markup| {
                    markup.element("tr", &[], |markup| {
                        header.iter().for_each(|name| markup.leaf("th", &[("scope", "col")], name));
                    });
                });
                markup.element("tbody", &[], |markup| rows.iter().for_each(|row| markup.row(row)));
            });
        });
    }

    fn row(&mut self, cells: &[String]) {
        self.element("tr", &[], |markup| {
            for (i, cell) in cells.iter().enumerate() {
                match i {
                    0 => markup.leaf("th", &[("scope", "row")], cell),
                    _ => markup.leaf("td", &[], cell),
                }
            }
        });
    }

    /// All of it.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    fn open(&mut self, tag: &str, attributes: &Attributes<'_>) {
        self.0 += &format!("<{tag}");
        for (name, value) in attributes {
            self.0 += &match *value {
                "" => format!(" {name}"),
                value => format!(" {name}=\"{}\"", escape(value)),
            };
        }
        self.0.push('>');
    }
}

/// A name as part of a link (RFC 3986): what is not unreserved is written byte by byte.
pub fn encoded(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(one).collect()
}

/// Text of JSON as it may stand in an element `script`: no letter in it can end the element or begin a
/// comment.
pub(super) fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_written_becomes_markup() {
        let mut markup = Markup::default();
        let evil = "</script><img src=x onerror=\"alert(1)\">&";
        markup.element("p", &[("title", evil), ("hidden", "")], |markup| {
            markup.text(evil);
            markup.raw("<br>");
        });
        let safe = "&lt;/script&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;";
        assert_eq!(markup.into_string(), format!("<p title=\"{safe}\" hidden>{safe}<br></p>\n"));
        let mut markup = Markup::default();
        markup.prose("set `a = \"b\"` & see");
        assert_eq!(markup.into_string(), "set <code>a = &quot;b&quot;</code> &amp; see");
        assert_eq!(encoded("a@quick+x=1 ü/.."), "a%40quick%2Bx%3D1%20%C3%BC%2F..");
        assert_eq!(in_script("\"</script><!--\""), "\"\\u003c/script>\\u003c!--\"");
    }
}
