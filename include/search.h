/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a sector to the number of its target: a static tree whose nodes are
 * one cache line of eight end sectors each. Pure: knows nothing of tables.
 */
#ifndef DM_SEARCH_H
#define DM_SEARCH_H

#include <linux/types.h>

#define DM_SEARCH_KEYS		8	/* 64-bit keys in a cache line */
#define DM_SEARCH_MAX_LEVELS	11	/* 8^11 > 2^32 targets */

/**
 * struct dm_search - the tree over a table
 * @count: how many targets
 * @levels: how many levels of nodes; none where there is at most one target
 * @single_end: behind the last sector, where there is just one target
 * @level: the levels, root first; each node holds the largest end of each child
 * @nodes: the memory they are in
 */
struct dm_search {
	unsigned int count;
	unsigned int levels;
	sector_t single_end;
	sector_t *level[DM_SEARCH_MAX_LEVELS];
	sector_t *nodes;
};

/**
 * dm_search_build() - build the tree
 * @s: result; zeroed where this fails
 * @count: how many targets
 * @end: callback: the sector behind the i-th target, rising with i
 * @context: its argument
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int dm_search_build(struct dm_search *s, unsigned int count,
		    sector_t (*end)(const void *context, unsigned int i), const void *context);

/**
 * dm_search_free() - free the tree
 * @s: a tree, built or zeroed
 */
void dm_search_free(struct dm_search *s);

/**
 * dm_search_find() - the target that holds a sector
 * @s: a built tree
 * @sector: any sector
 *
 * Context: any. Return: its number, or something not below @count where the
 * sector lies behind the end.
 */
static inline unsigned int dm_search_find(const struct dm_search *s, sector_t sector)
{
	unsigned int node = 0, l;

	if (likely(!s->levels))
		return sector < s->single_end ? 0 : s->count;

	for (l = 0; l < s->levels; l++) {
		const sector_t *key = s->level[l] + (size_t)node * DM_SEARCH_KEYS;
		unsigned int k;

		/* behind the end of the root: every deeper node is its last */
		if (!l && sector >= key[DM_SEARCH_KEYS - 1])
			return s->count;
		/* how many of the first seven are not above the sector, by halving */
		k = (key[3] <= sector) << 2;
		k += (key[k + 1] <= sector) << 1;
		k += key[k] <= sector;
		node = node * DM_SEARCH_KEYS + k;
	}
	return node;
}

#endif
