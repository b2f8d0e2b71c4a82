// SPDX-License-Identifier: GPL-2.0
/* The tree from sectors to targets, see include/search.h. */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "search.h"

int dm_search_build(struct dm_search *s, unsigned int count,
		    sector_t (*end)(const void *context, unsigned int i), const void *context)
{
	size_t width[DM_SEARCH_MAX_LEVELS], total = 0, n;
	unsigned int levels = 0, l;
	sector_t *at, last;

	memset(s, 0, sizeof(*s));
	s->count = count;
	if (count <= 1) {
		s->single_end = count ? end(context, 0) : 0;
		return 0;
	}

	/* widths in keys, leaves first, each a whole number of nodes */
	for (n = count; ; n /= DM_SEARCH_KEYS) {
		n = roundup(n, DM_SEARCH_KEYS);
		width[levels++] = n;
		total += n;
		if (n == DM_SEARCH_KEYS)
			break;
	}

	/* kvmalloc of a multiple of 64 bytes is aligned to a cache line */
	s->nodes = kvmalloc_array(total, sizeof(sector_t), GFP_KERNEL);
	if (!s->nodes) {
		memset(s, 0, sizeof(*s));
		return -ENOMEM;
	}

	s->levels = levels;
	at = s->nodes;
	for (l = 0; l < levels; l++) {
		s->level[l] = at;
		at += width[levels - 1 - l];
	}

	last = end(context, count - 1);
	for (n = 0; n < width[0]; n++)
		s->level[levels - 1][n] = n < count ? end(context, n) : last;
	for (l = levels - 1; l; l--) {
		const sector_t *below = s->level[l];
		size_t nodes = width[levels - 1 - l] / DM_SEARCH_KEYS;

		for (n = 0; n < width[levels - l]; n++)
			s->level[l - 1][n] = n < nodes ?
				below[n * DM_SEARCH_KEYS + DM_SEARCH_KEYS - 1] : last;
	}
	return 0;
}

void dm_search_free(struct dm_search *s)
{
	kvfree(s->nodes);
	memset(s, 0, sizeof(*s));
}
