//! The linear assignment problem.

/// The column of each row, every column once, with the least Σ costs\[row\]\[column\], in O(n³).
///
/// Rows come in one by one. Each takes the shortest augmenting path to a free column, by costs that are
/// reduced by the prices of rows and columns and so are never negative. The costs must be finite and as many
/// in each row as there are rows.
///
/// D. F. Crouse, *On implementing 2D rectangular assignment algorithms*, IEEE Transactions on Aerospace and
/// Electronic Systems 52 (2016).
pub(crate) fn assignment(costs: &[Vec<f64>]) -> Vec<usize> {
    let n = costs.len();
    let (mut row_prices, mut column_prices) = (vec![0.0; n], vec![0.0; n + 1]);
    // The row of each column, n for none. Behind the last column is the place where a new row comes in.
    let (mut row_of, entrance) = (vec![n; n + 1], n);
    for row in 0..n {
        row_of[entrance] = row;
        let (mut distance, mut before) = (vec![f64::INFINITY; n], vec![entrance; n]);
        let (mut reached, mut column) = (vec![false; n + 1], entrance);
        while row_of[column] < n {
            reached[column] = true;
            let from = row_of[column];
            let (mut step, mut next) = (f64::INFINITY, entrance);
            for to in (0..n).filter(|to| !reached[*to]) {
                let reduced = costs[from][to] - row_prices[from] - column_prices[to];
                if reduced < distance[to] {
                    (distance[to], before[to]) = (reduced, column);
                }
                if distance[to] < step {
                    (step, next) = (distance[to], to);
                }
            }
            for to in 0..=n {
                if reached[to] {
                    row_prices[row_of[to]] += step;
                    column_prices[to] -= step;
                } else if to < n {
                    distance[to] -= step;
                }
            }
            column = next;
        }
        while column != entrance {
            row_of[column] = row_of[before[column]];
            column = before[column];
        }
    }
    let mut columns = vec![0; n];
    for (column, row) in row_of[..n].iter().enumerate() {
        columns[*row] = column;
    }
    columns
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;

    fn total(costs: &[Vec<f64>], columns: &[usize]) -> f64 {
        columns.iter().zip(costs).map(|(column, costs)| costs[*column]).sum()
    }

    /// The least total of all n! assignments that go on from the first columns.
    fn least(costs: &[Vec<f64>], columns: &mut Vec<usize>) -> f64 {
        if columns.len() == costs.len() {
            return total(costs, columns);
        }
        let mut best = f64::INFINITY;
        for column in 0..costs.len() {
            if !columns.contains(&column) {
                columns.push(column);
                best = best.min(least(costs, columns));
                columns.pop();
            }
        }
        best
    }

    #[test]
    fn no_other_assignment_costs_less() {
        let mut stream = Streams::new(5, 0).stream("costs", 0);
        for n in 0..7 {
            for case in 0..50 {
                // Every second time small whole numbers, for ties.
                let mut cost = || if case % 2 == 0 { stream.normal() } else { f64::from(stream.below(4)) };
                let costs: Vec<Vec<f64>> = (0..n).map(|_| (0..n).map(|_| cost()).collect()).collect();
                let columns = assignment(&costs);
                let mut sorted = columns.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, (0..n).collect::<Vec<_>>(), "every column once");
                // Some roundings of sums of a few numbers of order 1.
                assert!((total(&costs, &columns) - least(&costs, &mut vec![])).abs() < 1e-14, "{costs:?}");
            }
        }
    }

    #[test]
    fn a_large_permutation_is_found() {
        let order: Vec<usize> = (0..101).map(|row| (37 * row + 11) % 101).collect();
        let cost = |row: usize, column: usize| (order[row] as f64 - column as f64).powi(2);
        let costs: Vec<Vec<f64>> = (0..101).map(|row| (0..101).map(|c| cost(row, c)).collect()).collect();
        assert_eq!(assignment(&costs), order);
    }
}
