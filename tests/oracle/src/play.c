// SPDX-License-Identifier: GPL-2.0
/* One seed: its calls, and bringing everything back to where it was. */
#define _GNU_SOURCE
#include <stdio.h>

#include "oracle.h"

static const struct {
	unsigned int weight;
	void (*gen)(void);
	bool disturbs;		/* may end I/O that hangs */
} kinds[] = {
	{ 640, gen_control, true },
	{ 130, gen_io, false },
	{ 50, gen_blkioctl, false },
	{ 50, gen_hold, false },
	{ 35, gen_release, true },
	{ 35, gen_sysfs, false },
	{ 25, gen_poll, false },
	{ 20, gen_disk, false },
	{ 15, gen_misc, true },
};

static void seed_end(void)
{
	unsigned int tries;

	log_add("@end\n");
	workers_rescue();
	io_cleanup();
	deferred_settle();
	watch_report();
	for (tries = 0; tries < 100 && !quiet_none_left(); tries++)
		quiet_remove_all();
	watch_report();
	for (tries = 0; tries < disk_count; tries++)
		disk_hash(tries);
	disks_restore();
	if (!quiet_none_left())
		die("devices are left behind");
	log_flush();
}

void play_seed(uint64_t seed, unsigned long calls)
{
	unsigned long call;
	unsigned int total = 0, i, n;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		total += kinds[i].weight;
	model_reset();
	disks_restore();
	disks_fill(seed);
	watch_drop();
	for (call = 1; call <= calls; call++) {
		rng_start(seed, call);
		log_add("@%lu ", call);
		n = rng_below(total);
		for (i = 0; n >= kinds[i].weight; i++)
			n -= kinds[i].weight;
		kinds[i].gen();
		workers_settle(kinds[i].disturbs);
		deferred_settle();
		watch_report();
		log_flush();
	}
	seed_end();
}
