//! Tables with more than one fault: all of them are told.

use super::{message, message_with};

#[test]
fn all_faults_are_told_in_the_order_of_the_rows() {
    let text = "x,y,class\n1,2,0\n1,two,0\n?,2,1\n3\n1,inf,1\n4,5,1\n6,7,0\n";
    assert_eq!(
        message(text),
        "4 faults in its rows\n    \
         line 3, column 2 \"y\": \"two\" is not a number\n    \
         line 4, column 1 \"x\": the value is missing, \"?\"\n    \
         line 5: columns in the row: 1, in the header: 3\n    \
         line 6, column 2 \"y\": \"inf\" is not a finite number\n\
         hint: missing = \"drop-rows\" leaves out such rows"
    );
    assert_eq!(message_with("missing = 'drop-rows'", text).lines().count(), 4);
}

#[test]
fn the_first_ten_are_told_and_the_rest_is_counted() {
    let row = |i: usize| format!("{},{},{}\n", if i.is_multiple_of(3) { "?" } else { "1" }, i, i % 2);
    let text = message(format!("x,y,class\n{}", (0..60).map(row).collect::<String>()));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "20 faults in its rows");
    assert_eq!(lines[10], "    line 29, column 1 \"x\": the value is missing, \"?\"");
    assert_eq!(lines[11..], ["    and 10 more", "hint: missing = \"drop-rows\" leaves out such rows"]);
}

#[test]
fn a_column_of_text_is_one_fault() {
    let rows = "x,city,y,class\n1,Rome,2,0\n2,Oslo,3,1\n3,Bern,two,1\n4,Bonn,2,0\n5,Riga,1,0\n";
    assert_eq!(
        message(rows),
        "2 faults in its rows\n    \
         line 2, column 2 \"city\": \"Rome\" is not a number, nor are 4 others in this column\n    \
         line 4, column 3 \"y\": \"two\" is not a number\n\
         hint: features = [\"x\"] leaves out the columns of text"
    );
    // Fields without a value do not make it a column of numbers.
    let cabins = "x,cabin,class\n1,,0\n2,,1\n3,C85,1\n4,,0\n";
    let told = message_with("missing = 'drop-rows'", cabins);
    assert!(told.ends_with("hint: features = [\"x\"] leaves out the columns of text"), "{told}");
}

#[test]
fn faults_of_the_classes_are_told_with_those_of_the_features() {
    for (rows, expected) in [
        (
            "1,0\nx,-1\n2,0.5\n3,1\n4,0\n",
            &[
                "line 3, column 1 \"x\": \"x\" is not a number",
                "line 3, column 2 \"class\": \"-1\" is not a class, a whole number of at least 0",
                "line 4, column 2 \"class\": \"0.5\" is not a class, a whole number of at least 0",
            ][..],
        ),
        (
            "1,reed\n2,Reed\n3,moss\n4,mo ss\n5, moss\n6,Moss\n",
            &[
                "line 3, column 2 \"class\": \"Reed\" differs from \"reed\" in line 2 in capitals or blanks alone",
                "line 7, column 2 \"class\": \"Moss\" differs from \"moss\" in line 4 in capitals or blanks alone",
            ],
        ),
        (
            "1,0\n2,one\n3,1\n4,2\n5,two\n",
            &[
                "line 3, column 2 \"class\": \"one\" is no number, but line 2 has the class \"0\"",
                "line 6, column 2 \"class\": \"two\" is no number, but line 2 has the class \"0\"",
            ],
        ),
    ] {
        let told = message(format!("x,class\n{rows}"));
        let lines: Vec<&str> = told.lines().skip(1).filter_map(|line| line.strip_prefix("    ")).collect();
        assert_eq!(lines, expected, "{told}");
    }
    // Where fields have moved, nothing is known of the classes.
    assert!(message("x,class\n1,0\n2,1,3\n4,0,\n5,0\n").starts_with("2 faults in its rows\n    line 3: col"));
}
