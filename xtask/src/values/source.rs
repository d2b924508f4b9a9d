//! From what a marker says to the text that stands behind it.

use std::collections::BTreeSet;

use super::format::Format;
use super::record::{Claim, Record, Records, Row, unknown};

/// What each kind of source can be asked for.
const OF_CLAIM: [&str; 14] = [
    "verdict",
    "effect",
    "interval",
    "low",
    "high",
    "estimate",
    "evidence",
    "score",
    "score-effect",
    "score-interval",
    "p",
    "replicates",
    "runs",
    "need",
];
const OF_CELL: [&str; 6] = ["mean", "interval", "low", "high", "estimate", "replicates"];
/// What a claim is there for, as a row of a table says it and a count asks for it.
const ROLES: [&str; 2] = ["prediction", "control"];
const OF_COUNT: [&str; 4] = ["claims", "supported", "refuted", "inconclusive"];

/// The text of a value; `record` is the one for those that name none.
pub(super) fn text(says: &str, record: Option<&Record>, records: &Records) -> Result<String, String> {
    let mut words = says.split_whitespace();
    let first = words.next().ok_or("the marker says nothing")?;
    let (record, what) = match first.rsplit_once('/') {
        Some((name, what)) => (records.find(name)?, what),
        None => {
            let hint = "`RECORD/…` names one, or `<!--= in RECORD -->` on a line above";
            (record.ok_or_else(|| format!("no record is named\nhint: {hint}"))?, first)
        }
    };
    let words: Vec<&str> = words.collect();
    match what {
        "cell" => cells(record, &words),
        "count" => count(record, &words),
        "verdicts" => verdicts(record, &words),
        "table" => table(record, &words),
        id => field(claim(record, id)?, &words),
    }
}

fn claim<'a>(record: &'a Record, id: &str) -> Result<&'a Claim, String> {
    let found = record.claims.iter().find(|claim| claim.id == id);
    found.ok_or_else(|| unknown("claim", id, record.claims.iter().map(|claim| claim.id.clone()).collect()))
}

/// A field of a claim in a format.
fn field(claim: &Claim, words: &[&str]) -> Result<String, String> {
    let (name, format) =
        words.split_first().ok_or_else(|| format!("it is to say one of {}", OF_CLAIM.join(", ")))?;
    let format = Format::read(format.iter().copied())?;
    let none = |what: &str| format!("the record has no {what} of `{}`", claim.id);
    let effect = || claim.effect.map(|effect| format.number(effect)).ok_or_else(|| none("effect"));
    let ends = || claim.interval.ok_or_else(|| none("interval"));
    let p = || claim.p.ok_or_else(|| none("p-value"));
    let score = || claim.score.as_ref().ok_or_else(|| none("score"));
    let score_ends = || score()?.interval.ok_or_else(|| none("interval of the score"));
    Ok(match *name {
        "verdict" => claim.verdict.clone(),
        "effect" => effect()?,
        "interval" => format.interval(ends()?),
        "low" => format.number(ends()?.0),
        "high" => format.number(ends()?.1),
        "estimate" => format!("{} {}", effect()?, format.interval(ends()?)),
        "evidence" => {
            format!("{} {}, p = {}", effect()?, format.interval(ends()?), Format::default().p(p()?))
        }
        "score" => format!("{} {}", format.number(score()?.effect), format.interval(score_ends()?)),
        "score-effect" => format.number(score()?.effect),
        "score-interval" => format.interval(score_ends()?),
        "p" => format.p(p()?),
        "replicates" => format.count(claim.replicates),
        "runs" => format.count(claim.runs),
        "need" => format.count(need(claim).ok_or_else(|| none("number of replicates that would decide"))?),
        other => return Err(unknown("field", other, names(&OF_CLAIM))),
    })
}

/// How many replicates would decide a claim, of which its reason tells.
fn need(claim: &Claim) -> Option<usize> {
    let (_, rest) = claim.reason.as_ref()?.split_once("about ")?;
    rest.split_once(" would")?.0.parse().ok()
}

/// How many claims have a verdict: of all, of those about controls or of the others, of those whose id begins
/// as a word before `*` says, without those behind `!`.
fn count(record: &Record, words: &[&str]) -> Result<String, String> {
    let (which, rest) =
        words.split_first().ok_or_else(|| format!("it is to say one of {}", OF_COUNT.join(", ")))?;
    if !OF_COUNT.contains(which) {
        return Err(unknown("verdict", which, names(&OF_COUNT)));
    }
    let (filters, format): (Vec<&str>, Vec<&str>) =
        rest.iter().partition(|word| ROLES.contains(word) || word.starts_with('!') || word.ends_with('*'));
    for filter in &filters {
        match filter.strip_prefix('!') {
            Some(id) => {
                claim(record, id)?;
            }
            None if !record.claims.iter().any(|claim| passes(claim, filter)) => {
                let known = record.claims.iter().map(|claim| claim.id.clone()).collect();
                return Err(unknown("claim", filter, known));
            }
            None => {}
        }
    }
    let counted = record.claims.iter().filter(|claim| {
        (*which == "claims" || claim.verdict == *which) && filters.iter().all(|filter| passes(claim, filter))
    });
    Ok(Format::read(format)?.count(counted.count()))
}

fn passes(claim: &Claim, filter: &str) -> bool {
    if ROLES.contains(&filter) {
        return role(claim) == filter;
    }
    match filter.strip_prefix('!') {
        Some(id) => claim.id != id,
        None => claim.id.starts_with(filter.trim_end_matches('*')),
    }
}

/// Whether a claim is what theory predicts or about a control.
fn role(claim: &Claim) -> &'static str {
    ROLES[usize::from(claim.control)]
}

/// All claims as the rows of a table in Markdown: role, words, verdict, and what is tested with its interval.
fn table(record: &Record, words: &[&str]) -> Result<String, String> {
    if let Some(word) = words.first() {
        return Err(format!("a table has all claims and takes no word\nhint: leave out `{word}`"));
    }
    let format = Format::default();
    let row = |claim: &Claim| {
        let tested = claim.score.as_ref().map(|score| (Some(score.effect), score.interval));
        let (effect, ends) = tested.unwrap_or((claim.effect, claim.interval));
        let effect = effect.map_or_else(|| "–".to_owned(), |effect| format.number(effect));
        let ends = match (ends, claim.test.as_deref()) {
            (Some(ends), _) => format!(" {}", format.interval(ends)),
            (None, Some("exact")) => " (exact)".to_owned(),
            (None, _) => String::new(),
        };
        let says = claim.says.replace('|', "\\|");
        format!("| {} | {says} | **{}** | {effect}{ends} |\n", role(claim), claim.verdict)
    };
    let rows: String = record.claims.iter().map(row).collect();
    Ok(format!("\n| | claim | verdict | measured |\n|---|---|---|---|\n{rows}"))
}

/// The block that shows claims as the program prints them.
fn verdicts(record: &Record, ids: &[&str]) -> Result<String, String> {
    let mut block = "\n```text\n".to_owned();
    for id in ids {
        let Claim { id, says, summary, reason, .. } = claim(record, id)?;
        block += &format!("{id}: {says}\n    ");
        let whole = reason.as_ref().and_then(|reason| summary.strip_suffix(reason.as_str()));
        match (whole, reason) {
            (Some(begin), Some(reason)) => block += &format!("{}\n    {reason}\n", begin.trim_end()),
            _ => block += &format!("{summary}\n"),
        }
    }
    Ok(block + "```\n")
}

/// One value of a quantity, or one for each of several values of a setting.
fn cells(record: &Record, words: &[&str]) -> Result<String, String> {
    let (metric, rest) = words.split_first().ok_or("it is to say which quantity")?;
    let known: BTreeSet<String> = record.rows.iter().map(|row| row.metric.clone()).collect();
    if !known.contains(*metric) {
        return Err(unknown("quantity", metric, known));
    }
    let (wanted, rest): (Vec<&str>, Vec<&str>) = rest.iter().partition(|word| word.contains('='));
    let (field, format) = match rest.split_first() {
        Some((name, format)) if OF_CELL.contains(name) => (*name, format),
        Some((name, _))
            if name.chars().all(|c| c.is_ascii_alphabetic()) && Format::read([*name]).is_err() =>
        {
            return Err(unknown("field", name, names(&OF_CELL)));
        }
        _ => ("mean", &rest[..]),
    };
    let format = Format::read(format.iter().copied())?;
    let mut choices: Vec<Vec<(&str, &str)>> = vec![Vec::new()];
    for pair in wanted {
        let (key, values) = pair.split_once('=').unwrap_or((pair, ""));
        let mut longer = Vec::new();
        for choice in &choices {
            longer.extend(values.split(',').map(|value| [choice.as_slice(), &[(key, value)]].concat()));
        }
        choices = longer;
    }
    let texts: Result<Vec<String>, String> =
        choices.iter().map(|choice| cell(record, metric, choice, (field, format))).collect();
    Ok(texts?.join(if format.is_row { " | " } else { " → " }))
}

fn cell(
    record: &Record,
    metric: &str,
    choice: &[(&str, &str)],
    (field, format): (&str, Format),
) -> Result<String, String> {
    let mut rows: Vec<&Row> = record.rows.iter().filter(|row| row.metric == metric).collect();
    for (key, value) in choice {
        let of = |row: &Row| setting(record, row, key);
        let known: BTreeSet<String> = rows.iter().filter_map(|row| of(row)).collect();
        if known.is_empty() {
            return Err(unknown("setting", key, record.settings.iter().cloned().collect()));
        }
        rows.retain(|row| of(row).as_deref() == Some(value));
        if rows.is_empty() {
            return Err(unknown(&format!("value of {key}"), value, known));
        }
    }
    let [row] = rows[..] else {
        let names: Vec<&str> = record.settings.iter().map(String::as_str).collect();
        return Err(format!(
            "{} rows of `{metric}` are meant\nhint: the settings are {}",
            rows.len(),
            names.join(", ")
        ));
    };
    let interval = || row.interval.ok_or_else(|| format!("the record has no interval of `{metric}`"));
    Ok(match field {
        "interval" => format.interval(interval()?),
        "low" => format.number(interval()?.0),
        "high" => format.number(interval()?.1),
        "estimate" => format!("{} {}", format.number(row.mean), format.interval(interval()?)),
        "replicates" => format.count(row.replicates),
        _ => format.number(row.mean),
    })
}

/// The value of a setting of a row; `model.init.kind` looks into a column `model.init` that holds a table.
fn setting(record: &Record, row: &Row, key: &str) -> Option<String> {
    let column = |name: &str| Some(&row.settings[record.settings.iter().position(|other| other == name)?]);
    if let Some(text) = column(key) {
        return Some(text.clone());
    }
    key.match_indices('.').find_map(|(at, _)| {
        let table: serde_json::Value = serde_json::from_str(column(&key[..at])?).ok()?;
        let value = key[at + 1..].split('.').try_fold(&table, |value, part| value.get(part))?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    })
}

fn names(known: &[&str]) -> BTreeSet<String> {
    known.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = r#"[
        {"id": "C1-a", "says": "it falls", "verdict": "supported", "effect": -0.8311, "interval": [-0.9629, -0.6994],
         "p-adjusted": 0.00089996, "n-replicates": 5, "n-runs": 50, "reason": null, "summary": "supported; τ -0.831",
         "score": {"what": "factor per level", "effect": 0.9624, "interval": [0.9566, 0.9684]}},
        {"id": "C2", "control": true, "says": "it rises", "verdict": "inconclusive", "effect": 0.5, "interval": null, "p-adjusted": null,
         "n-replicates": 5, "n-runs": 50, "reason": "about 4590 would", "summary": "inconclusive; 0.5; about 4590 would"}
    ]"#;
    const SUMMARY: &str = "size,init,metric,scale,replicates,mean,low,high\n\
        1,\"{\"\"kind\"\":\"\"he\"\"}\",loss,log,5,0.25,0.2,0.3\n\
        8,\"{\"\"kind\"\":\"\"he\"\"}\",loss,log,5,0.144,,\n\
        8,\"{\"\"kind\"\":\"\"lecun\"\"}\",loss,log,5,0.9,0.8,0.95\n";

    fn of(says: &str) -> Result<String, String> {
        text(says, None, &Records::of("r", CLAIMS, SUMMARY).unwrap())
    }

    #[test]
    fn fields_of_claims() {
        assert_eq!(of("r/C1-a verdict").unwrap(), "supported");
        assert_eq!(of("r/C1-a evidence .2").unwrap(), "−0.83 [−0.96, −0.70], p = 0.0009");
        assert_eq!(of("r/C1-a score").unwrap(), "0.962 [0.957, 0.968]");
        assert_eq!(of("r/C1-a score-interval .2").unwrap(), "[0.96, 0.97]");
        assert_eq!(of("r/C1-a runs").unwrap(), "50");
        assert_eq!(of("r/C2 need").unwrap(), "4,590");
        assert_eq!(of("r/count claims words").unwrap(), "two");
        assert_eq!(of("r/count supported C1*").unwrap(), "1");
        assert_eq!(of("r/count supported !C1-a words").unwrap(), "none");
        let block = "\n```text\nC1-a: it falls\n    supported; τ -0.831\nC2: it rises\n    inconclusive; 0.5;\n    about 4590 would\n```\n";
        assert_eq!(of("r/verdicts C1-a C2").unwrap(), block);
        assert_eq!(of("r/count claims control").unwrap(), "1");
        assert_eq!(of("r/count supported control").unwrap(), "0");
        let table = "\n| | claim | verdict | measured |\n|---|---|---|---|\n\
                     | prediction | it falls | **supported** | 0.962 [0.957, 0.968] |\n\
                     | control | it rises | **inconclusive** | 0.5 |\n";
        assert_eq!(of("r/table").unwrap(), table);
    }

    #[test]
    fn cells_by_their_settings() {
        assert_eq!(of("r/cell loss size=1 estimate .2").unwrap(), "0.25 [0.20, 0.30]");
        assert_eq!(of("r/cell loss init.kind=he size=1,8 .2").unwrap(), "0.25 → 0.14");
        assert_eq!(of("r/cell loss init.kind=he size=1,8 .2 row").unwrap(), "0.25 | 0.14");
        assert_eq!(of("r/cell loss size=8 init.kind=lecun high %").unwrap(), "95 %");
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is_near() {
        let cases = [
            ("zoo/C1-a p", "no record `zoo`\nhint: there are: r"),
            ("r/C1-b p", "no claim `C1-b`\nhint: did you mean `C1-a`?"),
            ("r/C1-a efect", "no field `efect`\nhint: did you mean `effect`?"),
            ("r/C1-a effect wrods", "no format `wrods`\nhint: did you mean `words`?"),
            ("r/C2 interval", "no interval of `C2`"),
            ("r/C2 score", "no score of `C2`"),
            ("r/C1-a need", "no number of replicates that would decide of `C1-a`"),
            ("r/count suported", "no verdict `suported`\nhint: did you mean `supported`?"),
            ("r/count claims D*", "no claim `D*`"),
            ("r/cell los size=1", "no quantity `los`\nhint: did you mean `loss`?"),
            ("r/cell loss sise=1", "no setting `sise`\nhint: did you mean `size`?"),
            ("r/cell loss size=2", "no value of size `2`"),
            ("r/cell loss size=8", "2 rows of `loss` are meant\nhint: the settings are size, init"),
            ("r/cell loss size=1 maen", "no field `maen`\nhint: did you mean `mean`?"),
            ("C1-a p", "no record is named"),
            ("r/C1-a", "one of verdict, effect"),
            ("r/table C1-a", "takes no word\nhint: leave out `C1-a`"),
        ];
        for (says, expected) in cases {
            let told = of(says).unwrap_err();
            assert!(told.contains(expected), "{says}: {told}");
        }
    }
}
