//! Measuring two things in turn, so that what disturbs the machine disturbs both.

use crate::Result;

/// The single runs of a figure and of its limit.
pub(crate) struct Pairs {
    figures: Vec<f64>,
    limits: Vec<f64>,
}

impl Pairs {
    /// Measures the limit and the figure `runs` times in turn, after one time that does not count.
    pub(crate) fn alternate(
        runs: usize,
        mut limit: impl FnMut() -> Result<f64>,
        mut figure: impl FnMut() -> Result<f64>,
    ) -> Result<Self> {
        limit()?;
        figure()?;
        let mut pairs = Self {
            figures: Vec::with_capacity(runs),
            limits: Vec::with_capacity(runs),
        };
        for _ in 0..runs {
            pairs.limits.push(limit()?);
            pairs.figures.push(figure()?);
        }
        Ok(pairs)
    }

    /// Figures of single runs against a limit that is the same whatever the machine.
    pub(crate) fn against(limit: f64, figures: Vec<f64>) -> Self {
        let limits = vec![limit; figures.len()];
        Self { figures, limits }
    }

    /// The runs in seconds turned into rates of `bytes`.
    pub(crate) fn into_rates(mut self, bytes: f64) -> Self {
        for seconds in self.figures.iter_mut().chain(&mut self.limits) {
            *seconds = bytes / *seconds;
        }
        self
    }

    pub(crate) fn figure(&self) -> f64 {
        median(&self.figures)
    }

    pub(crate) fn limit(&self) -> f64 {
        median(&self.limits)
    }

    /// The median of the pairs' ratios.
    pub(crate) fn ratio(&self) -> f64 {
        median(&self.ratios())
    }

    /// The smallest and the largest of the pairs' ratios.
    pub(crate) fn range(&self) -> (f64, f64) {
        let ratios = self.ratios();
        let low = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let high = ratios.iter().copied().fold(0.0, f64::max);
        (low, high)
    }

    fn ratios(&self) -> Vec<f64> {
        let pairs = self.figures.iter().zip(&self.limits);
        pairs.map(|(figure, limit)| figure / limit).collect()
    }
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 2)
}

/// The value that all but one in `parts` are below.
pub(crate) fn quantile(values: &[f64], parts: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = sorted.len() - sorted.len().div_ceil(parts);
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
