// SPDX-License-Identifier: GPL-2.0
/*
 * What the generator believes there is. It is wrong at times, and may be: it
 * only steers, so that most calls hit something. It never looks at a result,
 * so that both cores get the same sequence whatever they answer.
 */
#include <string.h>

#include "oracle.h"

struct mdev model[MDEVS];
struct slot slots[SLOTS];

const char *const good_names[MDEVS + 1] = {
	"a", "b", "vol-c", "d d", "e%se", "f\"q\\", "g\xc3\xa9",
	"h12345678901234567890123456789012345678901234567890123456789"
	"01234567890123456789012345678901234567890123456789012345678901234567",
	NULL
};

const char *const good_uuids[MDEVS + 1] = {
	"U-1", "LVM-abcdef", "u 2", "CRYPT-PLAIN-x", "uuid/4", "a",
	"mpath-\xff", "8888888888888888888888888888888888888888888888888888888"
	"8888888888888888888888888888888888888888888888888888888888888888888888888",
	NULL
};

void model_reset(void)
{
	unsigned int i;

	memset(model, 0, sizeof(model));
	for (i = 0; i < SLOTS; i++) {
		slots[i].fd = -1;
		slots[i].minor = -1;
		slots[i].busy = false;
	}
}

/* A device that is believed to exist, if there is one. */
struct mdev *model_pick(void)
{
	struct mdev *there[MDEVS];
	unsigned int i, n = 0;

	for (i = 0; i < MDEVS; i++)
		if (model[i].used)
			there[n++] = &model[i];
	return n ? there[rng_below(n)] : &model[rng_below(MDEVS)];
}

/* The same for I/O, which is of little interest without a table. */
struct mdev *model_pick_live(void)
{
	struct mdev *m = model_pick();
	unsigned int tries;

	for (tries = 0; tries < 4 && !m->live; tries++)
		m = model_pick();
	return m;
}

struct mdev *model_by_minor(int minor)
{
	unsigned int i;

	for (i = 0; i < MDEVS; i++)
		if (model[i].used && model[i].minor == minor)
			return &model[i];
	return NULL;
}
