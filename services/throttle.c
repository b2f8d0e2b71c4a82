// SPDX-License-Identifier: GPL-2.0
/* The share of time in which kcopyd clients do I/O, see include/throttle.h. */
#include <linux/jiffies.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "throttle.h"

/* What counts as the recent past, in jiffies: older time counts half, then a quarter ... */
#define WINDOW ((unsigned int)HZ)

/*
 * The structs are other modules' and have no room for a lock. What it is held
 * for is short, and nobody takes it who is not about to do I/O.
 */
static DEFINE_SPINLOCK(throttle_lock);

static unsigned int percentage(const struct dm_kcopyd_throttle *t)
{
	/* with nothing at all a copy would never end */
	return clamp(READ_ONCE(t->throttle), 1U, 100U);
}

void dm_throttle_account(struct dm_kcopyd_throttle *t, unsigned int now)
{
	unsigned int passed = now - t->last_jiffies;
	/* much longer than the window and nothing from before it counts */
	unsigned int counted = min(passed, 32 * WINDOW);

	t->last_jiffies = now;
	t->total_period += counted;
	if (t->num_io_jobs)
		t->io_period += counted;
	while (t->total_period > WINDOW) {
		t->total_period /= 2;
		t->io_period /= 2;
	}
}

unsigned long dm_throttle_excess(const struct dm_kcopyd_throttle *t)
{
	unsigned int percent = percentage(t);
	unsigned int wanted = DIV_ROUND_UP(t->io_period * 100, percent);

	if (percent == 100 || wanted <= t->total_period)
		return 0;
	/* older time loses weight meanwhile, so look again after a window at most */
	return min(wanted - t->total_period, WINDOW);
}

unsigned long dm_throttle_wait(struct dm_kcopyd_throttle *t)
{
	unsigned long flags, wait;

	if (!t || percentage(t) == 100)
		return 0;
	spin_lock_irqsave(&throttle_lock, flags);
	dm_throttle_account(t, jiffies);
	wait = dm_throttle_excess(t);
	spin_unlock_irqrestore(&throttle_lock, flags);
	return wait;
}

static void count(struct dm_kcopyd_throttle *t, int change)
{
	unsigned long flags;

	spin_lock_irqsave(&throttle_lock, flags);
	dm_throttle_account(t, jiffies);
	t->num_io_jobs += change;
	spin_unlock_irqrestore(&throttle_lock, flags);
}

bool dm_throttle_begin(struct dm_kcopyd_throttle *t)
{
	if (!t || percentage(t) == 100)
		return false;
	count(t, 1);
	return true;
}

void dm_throttle_end(struct dm_kcopyd_throttle *t)
{
	count(t, -1);
}
