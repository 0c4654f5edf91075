//! How long a group takes to settle when one more member comes, and when one leaves: by how many members there are, and
//! how many partitions.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kafdir::group::{Group, GroupState};
use kafdir::store::{GroupName, Store};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::row::{Goal, Row, Unit};
use crate::sample::Pairs;
use crate::scene::Scene;
use crate::{Benchmark, Result};

const MEMBERS: [usize; 3] = [1, 8, 64];
const PARTITIONS: [i32; 3] = [10, 100, 1000];
/// How long Kafka's coordinator waits for more members before it gives the first of a new group anything, in seconds: the
/// default of group.initial.rebalance.delay.ms (<https://kafka.apache.org/39/generated/kafka_config.html>).
const DELAY_SECONDS: f64 = 3.0;
/// How often the group is looked at, and when that is given up.
const PAUSE: Duration = Duration::from_micros(500);
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let points = MEMBERS
        .into_iter()
        .flat_map(|members| PARTITIONS.map(|partitions| (members, partitions)));
    points
        .map(|(members, partitions)| {
            Benchmark::new(format!("group-{members}x{partitions}"), move |scene| {
                measure(scene, members, partitions)
            })
        })
        .collect()
}

fn measure(scene: &Scene, members: usize, partitions: i32) -> Result<Vec<Row>> {
    scene.create_topic("topic", partitions)?;
    let mut crowd = Crowd::of(scene, members - 1)?;
    let (mut joins, mut leaves) = (Vec::new(), Vec::new());
    for _ in 0..scene.runs {
        joins.push(crowd.join(scene)?);
        leaves.push(crowd.leave()?);
    }
    crowd.disperse()?;
    scene.delete_topic("topic")?;
    let row = |end: &str, what: &str, times| {
        Row::new(
            format!("group-{members}x{partitions}-{end}"),
            format!(
                "{what} of {members} members, {partitions} partitions, until all is settled / 3 s, Kafka's first delay"
            ),
            Unit::Time,
            Pairs::against(DELAY_SECONDS, times),
            Goal::AtMost(1.0),
        )
    };
    Ok(vec![
        row("join", "the last", joins),
        row("leave", "the leaving of one", leaves),
    ])
}

/// The members of a group.
struct Crowd {
    group: Group,
    members: Vec<Child>,
}

impl Crowd {
    fn of(scene: &Scene, members: usize) -> Result<Self> {
        let store: Arc<Store> = scene.store()?;
        let mut crowd = Self {
            group: Group::open_or_create(&store, &GroupName::new("crowd")?)?,
            members: Vec::new(),
        };
        for _ in 0..members {
            crowd.start(scene)?;
        }
        crowd.settle()?;
        Ok(crowd)
    }

    fn start(&mut self, scene: &Scene) -> Result<()> {
        let follow = ["consume", "topic", "-q", "-f", "-g", "crowd", "--no-commit"];
        let child = scene.kafdir(&follow).stdout(Stdio::null()).spawn()?;
        self.members.push(child);
        Ok(())
    }

    /// One more comes; the seconds until all have what they shall have.
    fn join(&mut self, scene: &Scene) -> Result<f64> {
        let began = Instant::now();
        self.start(scene)?;
        self.settle()?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// The last one goes; the same.
    fn leave(&mut self) -> Result<f64> {
        let mut last = self.members.pop().ok_or("nobody is there")?;
        let began = Instant::now();
        stop(&last)?;
        self.settle()?;
        let seconds = began.elapsed().as_secs_f64();
        last.wait()?;
        Ok(seconds)
    }

    fn settle(&self) -> Result<()> {
        let began = Instant::now();
        while !self.is_settled()? {
            if began.elapsed() > PATIENCE {
                return Err("a group does not settle".into());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    fn is_settled(&self) -> Result<bool> {
        let view = self.group.view()?;
        let held = || view.claims.iter().all(|claim| claim.holder.is_some());
        Ok(view.members.len() == self.members.len()
            && match view.state {
                GroupState::Empty => true,
                GroupState::Stable => held(),
                GroupState::PreparingRebalance | GroupState::Dead | GroupState::Unknown => false,
            })
    }

    fn disperse(mut self) -> Result<()> {
        self.members.iter().try_for_each(stop)?;
        for member in &mut self.members {
            member.wait()?;
        }
        self.members.clear();
        Ok(self.group.delete()?)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _ = member.kill();
            let _ = member.wait();
        }
    }
}

fn stop(member: &Child) -> Result<()> {
    Ok(kill(
        Pid::from_raw(i32::try_from(member.id())?),
        Signal::SIGTERM,
    )?)
}
