use super::between::Between;
use super::block::{Block, check, finish, operation};
use super::block_part::{BlockPart, rules_of};
use super::effect::Effect;
use super::part::Part;
use super::parts::{Parts, remove_all};
use super::policy::Policy;
use super::recipe::Flow;
use super::sever::flows;
use crate::Error;
use crate::record::FaultPhase;

impl Block {
    /// Changes the policy without a gap: every packet meets the old rules or the new ones.
    ///
    /// Two policies of the wire are exchanged in one transaction at each place. With a
    /// [`firewall`](Policy::firewall) or [`hold`](Policy::hold), the new rules are in effect before the
    /// old ones go. Held packets are then released, and meet the new rules.
    ///
    /// # Errors
    ///
    /// As [`Host::block_with`](crate::Host::block_with); the old policy then stays in effect. But if
    /// [`sever`](Policy::sever) cannot destroy the sockets, the new policy is in effect.
    pub fn swap(&mut self, policy: Policy) -> Result<(), Error> {
        let [host, peer] = self.hosts.clone();
        let operation = operation(&host, &peer, &policy);
        check(&host, &peer, &policy, &operation)?;
        let flows = flows(&host, &peer, &policy, &operation)?;
        let both_of_the_wire = self.is_of_the_wire()
            && !matches!(policy.effect, Effect::Firewall { .. } | Effect::Hold);
        if matches!(policy.effect, Effect::Sever(_)) {
            Between::find([&host, &peer], &operation)?.check(&policy, &operation)?;
        }
        match both_of_the_wire {
            true => self.rewrite(&policy, &flows)?,
            false => self.replace(&policy, &flows, &operation)?,
        }
        self.standing.note(FaultPhase::Swapped(policy.to_string()));
        self.standing.becomes(operation);
        self.policy = policy;
        finish([&host, &peer], &self.policy, &flows)?;
        self.standing.acts_from_now();
        Ok(())
    }

    fn is_of_the_wire(&self) -> bool {
        self.standing.parts().all.iter().all(|part| matches!(part, BlockPart::Wire(_)))
    }

    /// Exchanges the rules everywhere; if one place refuses, the others get their old rules back.
    fn rewrite(&mut self, policy: &Policy, flows: &[Flow]) -> Result<(), Error> {
        let mut parts = self.standing.parts();
        let Parts { all, carried } = &mut *parts;
        let mut done = Vec::new();
        for part in all.iter_mut() {
            let BlockPart::Wire(block) = part else { continue };
            let before = block.rules();
            match block.rewrite(block.rules_by(&rules_of(policy, flows))) {
                Ok(counted) => {
                    carried.extend(counted);
                    done.push((block, before));
                }
                Err(error) => {
                    for (block, before) in done {
                        carried.extend(block.rewrite(before)?);
                    }
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Makes the new rules, then removes the old ones.
    fn replace(&mut self, policy: &Policy, flows: &[Flow], operation: &str) -> Result<(), Error> {
        let [host, peer] = &self.hosts;
        let between = Between::find([host, peer], operation)?;
        between.check(policy, operation)?;
        let mut new = Vec::new();
        if let Err(error) = BlockPart::make_all(&mut new, &between, policy, flows, operation) {
            remove_all(&mut new)?;
            return Err(error);
        }
        let mut parts = self.standing.parts();
        let mut old = std::mem::replace(&mut parts.all, new);
        for part in &mut old {
            // They count until they are out of the way.
            part.suspend()?;
            parts.carried.extend(part.counters()?);
        }
        remove_all(&mut old).map(drop)
    }
}
