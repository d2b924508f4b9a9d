//! The column of classes: numbers from 0 or 1 without gaps, or names.

use std::collections::{BTreeMap, HashMap};

use crate::Dataset;
use crate::csv_error::{CsvError, excerpt};
use crate::csv_faults::several;
use crate::csv_rows::Table;

/// So many rows may each have a name of their own, and so many numbers be no class, before they are taken for
/// something else than classes.
const MOST_ONLY: usize = 20;

/// The labels of rows, each text once.
#[derive(Default)]
pub(crate) struct LabelColumn {
    /// Different texts with the start of the first row of each, in the order of the file.
    texts: Vec<(Vec<u8>, usize)>,
    /// The place of a text among them.
    places: HashMap<Vec<u8>, u32>,
    /// For each row the place of its text.
    rows: Vec<u32>,
}

/// Labels as numbers 0 … K − 1.
pub(crate) struct Classes {
    pub(crate) labels: Vec<u32>,
    pub(crate) n_classes: usize,
    pub(crate) names: Option<Vec<String>>,
}

/// What a text means alone.
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Class(u32),
    OtherNumber,
    Name,
}

impl LabelColumn {
    pub(crate) fn push(&mut self, field: &[u8], start: usize) {
        let place = match self.places.get(field) {
            Some(place) => *place,
            None => {
                let place = self.texts.len() as u32;
                self.texts.push((field.to_vec(), start));
                self.places.insert(field.to_vec(), place);
                place
            }
        };
        self.rows.push(place);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The class of each row.
    pub(crate) fn classes(self, table: &Table<'_>) -> Result<Classes, CsvError> {
        if self.is_empty() {
            return Err(CsvError::NoRows);
        }
        let meanings: Vec<Meaning> = self.texts.iter().map(|(text, _)| meaning(text, table)).collect();
        let is_name = |place: &usize| meanings[*place] == Meaning::Name;
        let (names, numbers): (Vec<usize>, Vec<usize>) = (0..meanings.len()).partition(is_name);
        match (&names[..], &numbers[..]) {
            ([_, ..], [number, ..]) => {
                let (number, of_number) = &self.texts[*number];
                let mixed = |place: usize| {
                    let (text, start) = &self.texts[place];
                    CsvError::MixedClasses {
                        name: table.label_cell(*start),
                        text: excerpt(text).into(),
                        place: table.place(*of_number),
                        number: excerpt(number).into(),
                    }
                };
                // Of two things that may be meant, those fewer are the slips of the pen.
                let n = if names.len() > numbers.len() { 1 } else { names.len() };
                Err(several(n, names.iter().copied().take(n).map(mixed)))
            }
            ([_, ..], []) => self.named(table),
            ([], _) => self.numbered(&meanings, table),
        }
    }

    /// The class of each row, as `known` data number them.
    pub(crate) fn known_classes(self, table: &Table<'_>, known: &Dataset) -> Result<Classes, CsvError> {
        let class_of = |(text, _): &(Vec<u8>, usize)| {
            let class = match &known.class_names {
                Some(names) => {
                    let number = match meaning(text, table) {
                        Meaning::Class(class) => Some(class.to_string()),
                        Meaning::OtherNumber | Meaning::Name => None,
                    };
                    let text = number.as_ref().map_or(text.as_slice(), |number| number.as_bytes());
                    names.iter().position(|name| name.as_bytes() == text)
                }
                None => match meaning(text, table) {
                    Meaning::Class(class) => Some(class as usize).filter(|class| *class < known.n_classes),
                    Meaning::OtherNumber | Meaning::Name => None,
                },
            };
            class.map(|class| class as u32)
        };
        let of_texts: Vec<Option<u32>> = self.texts.iter().map(class_of).collect();
        self.refuse((0..of_texts.len()).filter(|place| of_texts[*place].is_none()), |place| {
            let (text, start) = &self.texts[place];
            let names: Vec<String> =
                (0..known.n_classes as u32).map(|class| known.class_name(class)).collect();
            CsvError::UnseenClass {
                cell: table.label_cell(*start),
                text: excerpt(text),
                known: names.join(", "),
            }
        })?;
        let of_texts: Vec<u32> = of_texts.into_iter().flatten().collect();
        Ok(Classes {
            labels: self.rows.iter().map(|place| of_texts[*place as usize]).collect(),
            n_classes: known.n_classes,
            names: known.class_names.as_ref().map(|names| names.to_vec()),
        })
    }

    fn numbered(self, meanings: &[Meaning], table: &Table<'_>) -> Result<Classes, CsvError> {
        let is_none = |place: &usize| !matches!(meanings[*place], Meaning::Class(_));
        let mut none = (0..meanings.len()).filter(is_none);
        if let (Some(first), MOST_ONLY..) = (none.next(), none.count()) {
            return Err(self.many_numbers(first, table));
        }
        self.refuse((0..meanings.len()).filter(is_none), |place| {
            let (text, start) = &self.texts[place];
            CsvError::NotAClass { cell: table.label_cell(*start), text: excerpt(text) }
        })?;
        let mut of_texts = Vec::with_capacity(meanings.len());
        // A map, so that an absurd class costs no memory.
        let mut first_rows = BTreeMap::new();
        for (meaning, (_, start)) in meanings.iter().zip(&self.texts) {
            let Meaning::Class(class) = meaning else { continue };
            of_texts.push(*class);
            first_rows.entry(*class).or_insert(*start);
        }
        let from = u32::from(!first_rows.contains_key(&0) && first_rows.contains_key(&1));
        let n = first_rows.len();
        let largest = first_rows.last_key_value().map_or(0, |(class, _)| *class as usize);
        let are_sparse = n > MOST_ONLY && largest > 2 * n;
        for (missing, (&found, &start)) in (from..).zip(&first_rows) {
            if found != missing && are_sparse {
                let first = of_texts.iter().position(|class| *class == found).unwrap_or_default();
                return Err(self.many_numbers(first, table));
            }
            if found != missing {
                return Err(CsvError::MissingClass { cell: table.label_cell(start), found, missing });
            }
        }
        let labels = self.rows.iter().map(|place| of_texts[*place as usize] - from).collect();
        // Classes from 1 are called what they are in the table.
        let names = (from == 1).then(|| first_rows.keys().map(u32::to_string).collect());
        self.finish(labels, n, names, table)
    }

    /// The error for a column of numbers to predict.
    fn many_numbers(&self, first: usize, table: &Table<'_>) -> CsvError {
        CsvError::NumbersAsClasses {
            column: table.label_cell(0).column,
            label: table.label_name().to_owned(),
            n: self.texts.len(),
            text: excerpt(&self.texts[first].0),
        }
    }

    fn named(self, table: &Table<'_>) -> Result<Classes, CsvError> {
        let is_none = |place: &usize| match std::str::from_utf8(&self.texts[*place].0) {
            Ok(name) => name.chars().any(char::is_control),
            Err(_) => true,
        };
        self.refuse((0..self.texts.len()).filter(is_none), |place| {
            let (text, start) = &self.texts[place];
            let (cell, is_text) = (table.label_cell(*start), std::str::from_utf8(text).is_ok());
            let text = excerpt(text);
            if is_text { CsvError::ClassName { cell, text } } else { CsvError::ClassEncoding { cell, text } }
        })?;
        let mut names: Vec<String> =
            self.texts.iter().map(|(text, _)| String::from_utf8_lossy(text).into_owned()).collect();
        let mut first_alike: HashMap<String, usize> = HashMap::new();
        let plain = |name: &String| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let alike: Vec<usize> = names
            .iter()
            .zip(0..)
            .map(|(name, place)| *first_alike.entry(plain(name)).or_insert(place))
            .collect();
        self.refuse((0..names.len()).filter(|place| alike[*place] != *place), |place| {
            let ((text, start), (other, of_other)) = (&self.texts[place], &self.texts[alike[place]]);
            CsvError::AlikeClasses {
                cell: table.label_cell(*start),
                text: excerpt(text).into(),
                place: table.place(*of_other),
                other: excerpt(other).into(),
            }
        })?;
        if names.len() == self.rows.len() && names.len() > MOST_ONLY {
            let column = table.label_cell(0).column;
            return Err(CsvError::OnlyClasses { column, label: table.label_name().to_owned() });
        }
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|place| &names[*place]);
        let mut of_texts = vec![0; names.len()];
        order.iter().zip(0..).for_each(|(place, class)| of_texts[*place] = class);
        let labels = self.rows.iter().map(|place| of_texts[*place as usize]).collect();
        names.sort_unstable();
        self.finish(labels, names.len(), Some(names), table)
    }

    fn finish(
        &self,
        labels: Vec<u32>,
        n_classes: usize,
        names: Option<Vec<String>>,
        table: &Table<'_>,
    ) -> Result<Classes, CsvError> {
        if n_classes == 1 {
            let class =
                names.map_or_else(|| "0".to_owned(), |names| format!("{:?}", excerpt(names[0].as_bytes())));
            let (column, label) = (table.label_cell(0).column, table.label_name().to_owned());
            return Err(CsvError::OneClass { class, column, label });
        }
        Ok(Classes { labels, n_classes, names })
    }

    /// The error for these texts, if there are any.
    fn refuse(
        &self,
        places: impl Iterator<Item = usize> + Clone,
        error: impl Fn(usize) -> CsvError,
    ) -> Result<(), CsvError> {
        match places.clone().count() {
            0 => Ok(()),
            n => Err(several(n, places.map(error))),
        }
    }
}

fn meaning(text: &[u8], table: &Table<'_>) -> Meaning {
    match table.to_number(text) {
        Some(class) if class.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&class) => {
            Meaning::Class(class as u32)
        }
        Some(number) if number.is_finite() => Meaning::OtherNumber,
        _ => Meaning::Name,
    }
}
