const { writeFileSync } = require('node:fs');
const { env } = require('node:process');
const { reporters, Runner } = require('mocha');

/** Mocha's `spec`, and the counts of the run as JSON in the file that `TIER_SUMMARY` names, for testAll.ts. */
module.exports = class TierReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      const summary = { passed: passes, failed: failures, skipped: pending };
      if (env.TIER_SUMMARY) writeFileSync(env.TIER_SUMMARY, JSON.stringify(summary));
    });
  }
};
