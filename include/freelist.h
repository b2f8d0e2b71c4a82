/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Free objects that each CPU keeps at hand: a few instructions where a slab
 * takes a hundred.
 *
 * Only process context takes, with preemption off; interrupts only add. So
 * between looking at the first object and taking it nobody else can take it and
 * put it back, and a compare-and-exchange that is not locked is enough.
 */
#ifndef DM_FREELIST_H
#define DM_FREELIST_H

#include <linux/mempool.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

/**
 * struct dm_freelist - of one CPU
 * @first: whose first word points to the next
 * @count: how many there are
 */
struct dm_freelist {
	void *first;
	int count;
};

/**
 * dm_freelist_take() - take an object off this CPU's list
 * @list: the lists
 *
 * Context: process context. Return: the object or NULL.
 */
static inline void *dm_freelist_take(struct dm_freelist __percpu *list)
{
	void *first;

	preempt_disable();
	do {
		first = this_cpu_read(list->first);
	} while (first && this_cpu_cmpxchg(list->first, first, *(void **)first) != first);
	if (first)
		this_cpu_dec(list->count);
	preempt_enable();
	return first;
}

/**
 * dm_freelist_wants() - should an object go onto this CPU's list?
 * @list: the lists
 * @most: objects that a CPU keeps at most
 * @pool: what the objects come from where a list is empty
 *
 * What was taken out of the reserve goes back into it, not onto a list: then
 * all of the reserve is there or under way, and who waits gets some of it.
 */
static inline bool dm_freelist_wants(struct dm_freelist __percpu *list, int most,
				     const mempool_t *pool)
{
	/* as in mempool_free(): what was taken out is seen taken */
	smp_rmb();
	return READ_ONCE(pool->curr_nr) >= pool->min_nr && this_cpu_read(list->count) < most;
}

/**
 * dm_freelist_add() - put an object on this CPU's list
 * @list: the lists
 * @object: its first word is written
 *
 * Context: any but NMI.
 */
static inline void dm_freelist_add(struct dm_freelist __percpu *list, void *object)
{
	void *first;

	preempt_disable();
	this_cpu_inc(list->count);
	do {
		first = this_cpu_read(list->first);
		*(void **)object = first;
	} while (this_cpu_cmpxchg(list->first, first, object) != first);
	preempt_enable();
}

/**
 * dm_freelist_drain() - empty the lists of all CPUs
 * @list: the lists, which nobody uses any more
 * @free: what to do with each object
 * @context: its second argument
 */
static inline void dm_freelist_drain(struct dm_freelist __percpu *list,
				     void (*free)(void *object, void *context), void *context)
{
	struct dm_freelist *l;
	void *object;
	int cpu;

	for_each_possible_cpu(cpu) {
		l = per_cpu_ptr(list, cpu);
		while ((object = l->first)) {
			l->first = *(void **)object;
			free(object, context);
		}
		l->count = 0;
	}
}

#endif
