//! The column of classes: numbers from 0 without gaps, or names.

use std::collections::{BTreeMap, HashMap};

use crate::Dataset;
use crate::csv_error::{CsvError, excerpt};
use crate::csv_rows::Table;

/// So many rows may each have a name of their own before they are taken for something else than classes.
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
        let name = meanings.iter().position(|meaning| *meaning == Meaning::Name);
        let number = meanings.iter().position(|meaning| *meaning != Meaning::Name);
        match (name, number) {
            (Some(name), Some(number)) => {
                let ((text, start), (number, of_number)) = (&self.texts[name], &self.texts[number]);
                let (name, place) = (table.label_cell(*start), table.place(*of_number));
                Err(CsvError::MixedClasses {
                    name,
                    text: excerpt(text).into(),
                    place,
                    number: excerpt(number).into(),
                })
            }
            (Some(_), None) => self.named(table),
            (None, _) => self.numbered(&meanings, table),
        }
    }

    /// The class of each row, as `known` data number them.
    pub(crate) fn known_classes(self, table: &Table<'_>, known: &Dataset) -> Result<Classes, CsvError> {
        let class_of = |(text, start): &(Vec<u8>, usize)| {
            let class = match &known.class_names {
                Some(names) => names.iter().position(|name| name.as_bytes() == text),
                None => match meaning(text, table) {
                    Meaning::Class(class) => Some(class as usize).filter(|class| *class < known.n_classes),
                    Meaning::OtherNumber | Meaning::Name => None,
                },
            };
            class.map(|class| class as u32).ok_or_else(|| {
                let names: Vec<String> =
                    (0..known.n_classes as u32).map(|class| known.class_name(class)).collect();
                CsvError::UnseenClass {
                    cell: table.label_cell(*start),
                    text: excerpt(text),
                    known: names.join(", "),
                }
            })
        };
        let of_texts = self.texts.iter().map(class_of).collect::<Result<Vec<u32>, CsvError>>()?;
        Ok(Classes {
            labels: self.rows.iter().map(|place| of_texts[*place as usize]).collect(),
            n_classes: known.n_classes,
            names: known.class_names.as_ref().map(|names| names.to_vec()),
        })
    }

    fn numbered(self, meanings: &[Meaning], table: &Table<'_>) -> Result<Classes, CsvError> {
        let mut of_texts = Vec::with_capacity(meanings.len());
        // A map, so that an absurd class costs no memory.
        let mut first_rows = BTreeMap::new();
        for (place, (meaning, (_, start))) in meanings.iter().zip(&self.texts).enumerate() {
            let Meaning::Class(class) = meaning else { return Err(self.no_class(place, table)) };
            of_texts.push(*class);
            first_rows.entry(*class).or_insert(*start);
        }
        for (missing, (&found, &start)) in (0..).zip(&first_rows) {
            if found != missing {
                return Err(CsvError::MissingClass { cell: table.label_cell(start), found, missing });
            }
        }
        let labels = self.rows.iter().map(|place| of_texts[*place as usize]).collect();
        self.finish(labels, first_rows.len(), None, table)
    }

    fn named(self, table: &Table<'_>) -> Result<Classes, CsvError> {
        let mut names = Vec::with_capacity(self.texts.len());
        let mut alike: HashMap<String, usize> = HashMap::new();
        for (place, (text, start)) in self.texts.iter().enumerate() {
            let Ok(name) = String::from_utf8(text.clone()) else {
                return Err(CsvError::ClassEncoding { cell: table.label_cell(*start), text: excerpt(text) });
            };
            if name.chars().any(char::is_control) {
                return Err(CsvError::ClassName { cell: table.label_cell(*start), text: excerpt(text) });
            }
            let plain = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            if let Some(other) = alike.insert(plain, place) {
                let (other, of_other) = &self.texts[other];
                let (cell, place) = (table.label_cell(*start), table.place(*of_other));
                return Err(CsvError::AlikeClasses {
                    cell,
                    text: excerpt(text).into(),
                    place,
                    other: excerpt(other).into(),
                });
            }
            names.push(name);
        }
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

    fn no_class(&self, place: usize, table: &Table<'_>) -> CsvError {
        let (text, start) = &self.texts[place];
        CsvError::NotAClass { cell: table.label_cell(*start), text: excerpt(text) }
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
