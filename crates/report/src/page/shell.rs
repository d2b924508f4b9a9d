//! What every page has around its content: a head with its policy, the style, a block of data and a script.

use base64::Engine;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::markup::{Markup, in_script};

/// The style of all pages.
pub(super) const STYLE: &str = include_str!("style.css");

/// A page that stands alone: it may load nothing.
pub(super) fn whole(title: &str, body: &str, data: &impl Serialize, topics: &[&str]) -> String {
    written(title, body, data, topics, "img-src data: blob:")
}

/// A page with further rules of its policy, such as `connect-src 'self'`.
pub(super) fn written(
    title: &str,
    body: &str,
    data: &impl Serialize,
    topics: &[&str],
    rules: &str,
) -> String {
    let script = script(topics);
    let mut page = Markup::default();
    page.raw("<!DOCTYPE html>\n");
    page.element("html", &[("lang", "en")], |page| {
        page.element("head", &[], |page| {
            page.void("meta", &[("charset", "utf-8")]);
            let policy = policy(&script, rules);
            page.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
            page.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
            page.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
            page.leaf("title", &[], title);
            page.element("style", &[], |page| page.raw(STYLE));
        });
        page.element("body", &[], |page| {
            page.raw(body);
            let data = serde_json::to_string(data).expect("what a page shows is plain data");
            let data = in_script(&data);
            page.element("script", &[("type", "application/json"), ("id", "data")], |page| page.raw(&data));
            page.element("script", &[], |page| page.raw(&script));
        });
    });
    page.into_string()
}

/// The button that goes from theme to theme, which the script shows.
pub(super) fn theme(navigation: &mut Markup) {
    let theme = [("id", "theme"), ("type", "button"), ("hidden", "")];
    navigation.leaf("button", &theme, "Theme: system");
}

/// All topics in one function, so that nothing of them is seen outside.
pub(super) fn script(topics: &[&str]) -> String {
    format!("(() => {{\n\"use strict\";\n{}\n}})();\n", topics.join("\n"))
}

/// No script or style may run but those of this file, and nothing may be loaded but what the rules say.
fn policy(script: &str, rules: &str) -> String {
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; {rules}; base-uri 'none'; form-action \
         'none'",
        hash(script),
        hash(STYLE)
    )
}
