// SPDX-License-Identifier: GPL-2.0
/*
 * dm-io: one request reads a region of a device into memory, or writes the same
 * memory to regions of several devices, and says for each whether it failed.
 *
 * Progress when memory is short. A request that somebody waits for has its struct
 * dm_io_call on the stack, any other has it from the client's reserve, and gives it
 * back when the last bio has ended. Bios come from the client's reserve one by one,
 * and each is submitted before the next is asked for. A call made while a bio is
 * being submitted (from a target's ->map, say) would have its bios queued behind that
 * one: it could wait for a bio, or the result, that only its own return would set
 * off. So there the bios are dispatched past that queue.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/dm-io.h>
#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "io.h"
#include "params.h"
#include "services.h"

/**
 * struct dm_io_call - a request under way
 * @client: whose it is
 * @pending: bios that have not ended, and one for the submitter
 * @errors: a bit for each region that failed
 * @fn: to be called, or NULL where somebody waits for @done
 * @context: for @fn
 * @done: completed at the end, where somebody waits
 * @vmap: virtual memory that is read into and has to be invalidated then, or NULL
 * @vmap_size: its bytes
 */
struct dm_io_call {
	struct dm_io_client *client;
	atomic_t pending;
	unsigned long errors;
	io_notify_fn fn;
	void *context;
	struct completion *done;
	void *vmap;
	unsigned int vmap_size;
};

/* A bio of a region. @data is where its memory begins, for the iterator moves on. */
struct dm_io_part {
	struct dm_io_call *call;
	unsigned int region;
	struct bvec_iter data;
	struct bio bio;
};

/* A place in page-wise memory. */
struct place {
	enum dm_io_mem_type type;
	struct page_list *pl;
	char *addr;
	unsigned int offset;	/* into the page of @pl */
};

struct dm_io_client *dm_io_client_create(void)
{
	const unsigned int reserve = dm_get_reserved_bio_based_ios();
	struct dm_io_client *client = kzalloc(sizeof(*client), GFP_KERNEL);
	int r = -ENOMEM;

	if (!client)
		return ERR_PTR(r);
	r = mempool_init_kmalloc_pool(&client->calls, reserve, sizeof(struct dm_io_call));
	if (r)
		goto bad_calls;
	r = bioset_init(&client->bios, reserve, offsetof(struct dm_io_part, bio),
			BIOSET_NEED_BVECS);
	if (r)
		goto bad_bios;
	return client;

bad_bios:
	mempool_exit(&client->calls);
bad_calls:
	kfree(client);
	return ERR_PTR(r);
}
EXPORT_SYMBOL(dm_io_client_create);

void dm_io_client_destroy(struct dm_io_client *client)
{
	bioset_exit(&client->bios);
	mempool_exit(&client->calls);
	kfree(client);
}
EXPORT_SYMBOL(dm_io_client_destroy);

/* --- the end ------------------------------------------------------------------- */

/* Whoever holds a part of @pending lets go of it; nothing of the client is used after. */
static void call_put(struct dm_io_call *call)
{
	unsigned long errors;
	io_notify_fn fn;
	void *context;

	if (!atomic_dec_and_test(&call->pending))
		return;
	if (call->vmap)
		invalidate_kernel_vmap_range(call->vmap, call->vmap_size);
	if (!call->fn) {
		complete(call->done);
		return;
	}
	errors = call->errors;
	fn = call->fn;
	context = call->context;
	/* first: the callback may be what the destruction of the client waits for */
	mempool_free(call, &call->client->calls);
	fn(errors, context);
}

/* What could not be read is zeroes, lest somebody passes on what was there before. */
static void part_clear(struct dm_io_part *part)
{
	struct bvec_iter iter;
	struct bio_vec bv;

	__bio_for_each_segment(bv, &part->bio, iter, part->data)
		memzero_bvec(&bv);
}

static void part_end(struct bio *bio)
{
	struct dm_io_part *part = container_of(bio, struct dm_io_part, bio);
	struct dm_io_call *call = part->call;

	if (bio->bi_status) {
		set_bit(part->region, &call->errors);
		if (bio_op(bio) == REQ_OP_READ)
			part_clear(part);
	}
	bio_put(bio);
	call_put(call);
}

/* --- bios ------------------------------------------------------------------------ */

static bool op_has_data(blk_opf_t opf)
{
	return (opf & REQ_OP_MASK) == REQ_OP_READ || (opf & REQ_OP_MASK) == REQ_OP_WRITE;
}

static void part_send(struct dm_io_call *call, unsigned int region, struct bio *bio,
		      sector_t sector)
{
	struct dm_io_part *part = container_of(bio, struct dm_io_part, bio);

	bio->bi_iter.bi_sector = sector;
	bio->bi_end_io = part_end;
	part->call = call;
	part->region = region;
	part->data = bio->bi_iter;
	atomic_inc(&call->pending);
	submit_bio(bio);
}

static struct bio *part_alloc(struct dm_io_call *call, struct block_device *bdev,
			      unsigned int vecs, blk_opf_t opf, unsigned short ioprio)
{
	struct bio *bio = bio_alloc_bioset(bdev, vecs, opf, GFP_NOIO, &call->client->bios);

	bio->bi_ioprio = ioprio;
	return bio;
}

/* How much of a region an operation without data can take at a time; 0: nothing. */
static sector_t bare_length(struct block_device *bdev, enum req_op op, sector_t sector,
			    sector_t left)
{
	unsigned int block = bdev_logical_block_size(bdev) >> SECTOR_SHIFT;
	unsigned int most, granule, over;
	sector_t end;

	switch (op) {
	case REQ_OP_DISCARD:
		most = bdev_max_discard_sectors(bdev);
		break;
	case REQ_OP_SECURE_ERASE:
		most = bdev_max_secure_erase_sectors(bdev);
		break;
	default:
		most = bdev_write_zeroes_sectors(bdev);
	}
	/* a bio counts its bytes in 32 bits */
	most = round_down(min(most, UINT_MAX >> SECTOR_SHIFT), block) ?: most;
	if (left <= most || op != REQ_OP_DISCARD)
		return min_t(sector_t, left, most);

	/* a granule that is cut in two is not discarded at all */
	granule = max(bdev_discard_granularity(bdev) >> SECTOR_SHIFT, 1U);
	end = sector + most + granule -
	      (bdev_discard_alignment(bdev) >> SECTOR_SHIFT) % granule;
	over = sector_div(end, granule);
	return most > over ? most - over : most;
}

static bool send_bare(struct dm_io_call *call, unsigned int nr, const struct dm_io_region *region,
		      blk_opf_t opf, unsigned short ioprio)
{
	sector_t at = region->sector, end = region->sector + region->count;

	while (at < end) {
		sector_t len = bare_length(region->bdev, opf & REQ_OP_MASK, at, end - at);
		struct bio *bio;

		if (!len)
			return false;
		bio = part_alloc(call, region->bdev, 0, opf, ioprio);
		bio->bi_iter.bi_size = len << SECTOR_SHIFT;
		part_send(call, nr, bio, at);
		at += len;
	}
	return true;
}

static bool send_flush(struct dm_io_call *call, unsigned int nr, const struct dm_io_region *region,
		       blk_opf_t opf, unsigned short ioprio)
{
	part_send(call, nr,
		  part_alloc(call, region->bdev, 0, opf | DM_FLUSH_HINTS, ioprio), 0);
	return true;
}

/* The memory of another bio is used by way of a clone: its pieces may be of any size. */
static bool send_clone(struct dm_io_call *call, unsigned int nr, const struct dm_io_region *region,
		       struct bio *source, blk_opf_t opf, unsigned short ioprio)
{
	struct bio *bio;

	if (region->count > bio_sectors(source))
		return false;
	bio = bio_alloc_clone(region->bdev, source, GFP_NOIO, &call->client->bios);
	if (!bio)
		return false;
	bio->bi_opf = opf;
	if (ioprio)
		bio->bi_ioprio = ioprio;
	bio->bi_iter.bi_size = region->count << SECTOR_SHIFT;
	part_send(call, nr, bio, region->sector);
	return true;
}

/* The page of a place, and how much of it lies ahead; NULL behind the end of a list. */
static struct page *place_page(struct place *p, unsigned int *offset)
{
	if (p->type == DM_IO_PAGE_LIST) {
		for (; p->pl && p->offset >= PAGE_SIZE; p->offset -= PAGE_SIZE)
			p->pl = p->pl->next;
		*offset = p->offset;
		return p->pl ? p->pl->page : NULL;
	}
	*offset = offset_in_page(p->addr);
	return p->type == DM_IO_VMA ? vmalloc_to_page(p->addr) : virt_to_page(p->addr);
}

static bool place_add(struct place *p, struct bio *bio, unsigned int bytes)
{
	while (bytes) {
		unsigned int offset, len;
		struct page *page = place_page(p, &offset);

		len = min_t(unsigned int, bytes, PAGE_SIZE - offset);
		if (!page || bio_add_page(bio, page, len, offset) != len)
			return false;
		p->offset += len;
		p->addr += len;
		bytes -= len;
	}
	return true;
}

static bool send_pages(struct dm_io_call *call, unsigned int nr, const struct dm_io_region *region,
		       const struct dm_io_memory *mem, blk_opf_t opf, unsigned short ioprio)
{
	const unsigned int block = bdev_logical_block_size(region->bdev) >> SECTOR_SHIFT;
	struct place p = { .type = mem->type };
	sector_t at = region->sector, end = region->sector + region->count;

	if (mem->type == DM_IO_PAGE_LIST) {
		p.pl = mem->ptr.pl;
		p.offset = mem->offset;
	} else {
		p.addr = mem->ptr.addr;
	}
	while (at < end) {
		/* memory that begins within a page touches one page more */
		unsigned int room = (BIO_MAX_VECS - 1) * (PAGE_SIZE >> SECTOR_SHIFT);
		unsigned int into, len, vecs;
		struct bio *bio;

		place_page(&p, &into);
		if (!into)
			room += PAGE_SIZE >> SECTOR_SHIFT;
		len = min_t(sector_t, end - at, rounddown(room, block));
		vecs = DIV_ROUND_UP(into + (len << SECTOR_SHIFT), PAGE_SIZE);
		bio = part_alloc(call, region->bdev, vecs, opf, ioprio);
		if (!place_add(&p, bio, len << SECTOR_SHIFT)) {
			bio_put(bio);
			return false;
		}
		part_send(call, nr, bio, at);
		at += len;
	}
	return true;
}

static void call_send(struct dm_io_call *call, const struct dm_io_request *req, unsigned int count,
		      const struct dm_io_region *regions, unsigned short ioprio)
{
	/* these two are of the bio that somebody else has, not of ours */
	const blk_opf_t opf = req->bi_opf & ~(REQ_ALLOC_CACHE | REQ_POLLED);
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct dm_io_region *region = &regions[i];
		bool sent;

		if (!region->count)
			sent = !(opf & REQ_PREFLUSH) || send_flush(call, i, region, opf, ioprio);
		else if (!op_has_data(opf))
			sent = send_bare(call, i, region, opf, ioprio);
		else if (req->mem.type == DM_IO_BIO)
			sent = send_clone(call, i, region, req->mem.ptr.bio, opf, ioprio);
		else
			sent = send_pages(call, i, region, &req->mem, opf, ioprio);
		if (!sent)
			set_bit(i, &call->errors);
	}
}

/* --- requests -------------------------------------------------------------------- */

static int request_check(const struct dm_io_request *req, unsigned int count)
{
	if (count > BITS_PER_LONG)
		return -EINVAL;
	switch (req->bi_opf & REQ_OP_MASK) {
	case REQ_OP_READ:
		/* into one memory only one region can be read */
		if (count > 1)
			return -EIO;
		break;
	case REQ_OP_WRITE:
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
	case REQ_OP_WRITE_ZEROES:
		break;
	default:
		return -EOPNOTSUPP;
	}
	return req->mem.type <= DM_IO_KMEM ? 0 : -EINVAL;
}

static void call_init(struct dm_io_call *call, const struct dm_io_request *req, unsigned int count,
		      const struct dm_io_region *regions)
{
	sector_t most = 0;
	unsigned int i;

	*call = (struct dm_io_call) { .client = req->client };
	atomic_set(&call->pending, 1);
	if (req->mem.type != DM_IO_VMA || !op_has_data(req->bi_opf))
		return;
	/* for CPUs whose cache knows the memory by this address and not by its pages' */
	for (i = 0; i < count; i++)
		most = max(most, regions[i].count);
	flush_kernel_vmap_range(req->mem.ptr.vma, most << SECTOR_SHIFT);
	if ((req->bi_opf & REQ_OP_MASK) == REQ_OP_READ) {
		call->vmap = req->mem.ptr.vma;
		call->vmap_size = most << SECTOR_SHIFT;
	}
}

static void request_begin(const struct dm_io_request *req, unsigned int count,
			  const struct dm_io_region *regions, unsigned short ioprio)
{
	struct dm_io_call *call = mempool_alloc(&req->client->calls, GFP_NOIO);

	call_init(call, req, count, regions);
	call->fn = req->notify.fn;
	call->context = req->notify.context;
	call_send(call, req, count, regions, ioprio);
	call_put(call);
}

static unsigned long request_do(const struct dm_io_request *req, unsigned int count,
				const struct dm_io_region *regions, unsigned short ioprio)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct dm_io_call call;

	call_init(&call, req, count, regions);
	call.done = &done;
	call_send(&call, req, count, regions, ioprio);
	call_put(&call);
	wait_for_completion_io(&done);
	return call.errors;
}

/**
 * dm_io() - read a region, or do something with several
 * @req: operation and flags, memory, callback, client; not used after the call
 * @count: how many regions: one for a read, else as many as a long has bits
 * @regions: where; each takes its data from the start of the memory. One of no sectors
 *	is left out, but with REQ_PREFLUSH its device is flushed. Not used after the call
 * @error_bits: result where there is no callback, or NULL: a bit for each region
 * @ioprio: of the bios
 *
 * All memory types begin at the pointer; @req->mem.offset counts for page lists alone,
 * in bytes. The memory of a bio begins where the bio's iterator stands. No memory is
 * looked at where the operation has no data. Of a region that cannot be read as a
 * whole the memory of those bios that failed is zeroes.
 *
 * A device that does not know the operation makes the region one that failed.
 *
 * Context: may sleep. The callback comes from the end of the last bio, that is from
 * an interrupt, mostly; or before this returns, if nothing was to be done.
 *
 * Return: 0, or -EIO if a region failed where there is no callback; another errno
 * if the request makes no sense, and then there is no callback.
 */
int dm_io(struct dm_io_request *req, unsigned int count, struct dm_io_region *regions,
	  unsigned long *error_bits, unsigned short ioprio)
{
	struct bio_list *queue = current->bio_list;
	unsigned long errors = ~0UL;
	int r = request_check(req, count);

	if (!r) {
		/* see the head of the file */
		current->bio_list = NULL;
		if (req->notify.fn) {
			request_begin(req, count, regions, ioprio);
			errors = 0;
		} else {
			errors = request_do(req, count, regions, ioprio);
			r = errors ? -EIO : 0;
		}
		current->bio_list = queue;
	}
	if (error_bits)
		*error_bits = errors;
	return r;
}
EXPORT_SYMBOL(dm_io);
