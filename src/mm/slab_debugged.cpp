// Slabs of caches with slab_debug: no CPU keeps any, each object is taken from the node's first partial slab and goes
// back to its own under the node's lock, so that all of it can be checked (`alloc_single_from_partial`,
// `free_to_partial_list`, mm/slub.c).
#include "mm/slab.h"

#include <algorithm>

namespace mmscope {

namespace {

ObjectTrack track_of(const SlabCaller& caller) { return {caller.call, caller.cpu, caller.pid, caller.jiffies, true}; }

// Whether a list of names has this one: "kmalloc-128,dentry", "kmalloc-*"; an empty list has all.
bool is_named(std::string_view names, std::string_view name) {
    bool is_in = names.empty();
    while (!names.empty()) {
        std::string_view one = names.substr(0, names.find(','));
        names.remove_prefix(std::min(one.size() + 1, names.size()));
        const bool goes_on = one.ends_with('*');
        if (goes_on) one.remove_suffix(1);
        is_in |= goes_on ? name.starts_with(one) : name == one;
    }
    return is_in;
}

}  // namespace

CacheSpec SlabAllocator::with_debug(std::string_view name, CacheSpec spec) const {
    if (debug_flags_ != 0 && is_named(debug_names_, name)) spec.flags |= debug_flags_;
    return spec;
}

void SlabAllocator::set_debug(u32 flags, std::string_view names) {
    debug_flags_ = flags & slab_flag::kDebug;
    debug_names_ = names;
}

void SlabAllocator::write(ObjectAddress from, ObjectAddress to, u8 value) {
    const CacheId of = cache_of(from);
    if (!of.is_none() && caches_[of.value].is_debugged()) debug_.write(from.value, to.value, value);
}

u8 SlabAllocator::byte(ObjectAddress at) const {
    const u32 number = pages_.find(at.pfn());
    return number == kNoSlab || !caches_[slabs_[number].cache].is_debugged() ? u8{0}
                                                                             : debug_.byte(view(number), at.value);
}

// The caller's node first, then another with more partial slabs than it keeps, then a new slab.
u32 SlabAllocator::find_debugged_slab(u32 cache, Gfp mask, SlabCaller& caller) {
    const u32 own = caller.memory.node_of_cpu(caller.cpu);
    for (u32 step = 0; step < nodes_; ++step) {
        const u32 node = (own + step) % nodes_;
        const NodeSlabs& slabs = node_slabs_[cache * nodes_ + node];
        if (step != 0 && (slabs.nr_partial <= caches_[cache].layout.min_partial || mask.has(gfp::kThisnode))) continue;
        if (slabs.first != kNoSlab) return slabs.first;
    }
    return new_slab(cache, mask, caller);
}

ObjectAddress SlabAllocator::take_debugged(u32 cache, Gfp mask, SlabCaller& caller, u32* index) {
    debug_.set_now(caller.jiffies);
    for (;;) {
        const u32 number = find_debugged_slab(cache, mask, caller);
        if (number == kNoSlab) return {};
        const u32 object = slabs_[number].freelist;
        const bool is_taken = take_head(number, caller);
        tell_bugs(caller);
        if (!is_taken) continue;
        *index = slabs_[number].first_link + object;
        return {view(number).address(object)};
    }
}

// The first free object, if nothing is wrong with it; else the slab is given up.
bool SlabAllocator::take_head(u32 number, SlabCaller& caller) {
    Slab& slab = slabs_[number];
    const u32 object = slab.freelist;
    u16& link = links_[slab.first_link + object];
    debug_.note_taken(view(number), object, link);
    slab.freelist = link;
    link = kUsedObject;
    ++slab.inuse;
    ++caches_[slab.cache].used;
    if (!debug_.check_alloc(view(number), object)) return give_up_slab(number), false;
    debug_.note_alloc(view(number), object, caller.requested, track_of(caller));
    const bool is_full = slab.freelist == kEndOfList;
    if (is_full && slab.place == SlabPlace::node_partial) remove_partial(number);
    if (!is_full && slab.place == SlabPlace::full) add_partial(number, Place::head, caller);
    return true;
}

// "Marking all objects used": nobody gets an object of this slab any more.
void SlabAllocator::give_up_slab(u32 number) {
    Slab& slab = slabs_[number];
    while (slab.freelist != kEndOfList) {
        u16& link = links_[slab.first_link + slab.freelist];
        debug_.note_taken(view(number), slab.freelist, link);
        slab.freelist = link;
        link = kUsedObject;
        ++caches_[slab.cache].used;
    }
    slab.inuse = slab.objects;
    if (slab.place == SlabPlace::node_partial) remove_partial(number);
}

// The object counts as given back already; one that is refused stays used.
void SlabAllocator::free_debugged(u32 number, ObjectAddress address, SlabCaller& caller) {
    debug_.set_now(caller.jiffies);
    Slab& slab = slabs_[number];
    const bool is_good = debug_.check_free(view(number), address.value);
    tell_bugs(caller);
    if (!is_good) {
        ++caches_[slab.cache].used;
        return;
    }
    const u32 object = object_at(slab, caches_[slab.cache], address);
    const bool was_full = slab.freelist == kEndOfList;
    links_[slab.first_link + object] = slab.freelist;
    slab.freelist = static_cast<u16>(object);
    --slab.inuse;
    debug_.note_free(view(number), object, track_of(caller));
    report(TraceKind::free_slowpath, number, slab.objects - slab.inuse, caller);
    const bool is_surplus = slab.inuse == 0 && node_of(slab).nr_partial >= caches_[slab.cache].layout.min_partial;
    if (!is_surplus) {
        if (was_full) add_partial(number, Place::tail, caller);
        return;
    }
    if (!was_full) {
        remove_partial(number);
        report(TraceKind::free_remove_partial, number, node_of(slab).nr_partial, caller);
    }
    discard_slab(number, caller);
}

void SlabAllocator::free_checked(CacheId named, ObjectAddress address, SlabCaller& caller) {
    using Kind = SlabBug::Kind;
    debug_.set_now(caller.jiffies);
    const CacheId own = cache_of(address);
    const std::string name = named.is_none() ? "" : caches_[named.value].name;
    if (own.is_none()) {
        const bool is_kept = named.is_none() && profile_->slab.kfree_keeps_pages;
        debug_.report_warning(is_kept ? Kind::not_of_kmalloc : Kind::not_in_a_slab, name, "", address.value);
        return tell_bugs(caller);
    }
    if (!named.is_none() && !(named == own)) {
        warn_wrong_cache(named, address, caller);
        if (wrong_cache(named) == WrongCache::leaked) return;
    }
    if (!caches_[own.value].is_debugged()) {
        if (free_fault(address) == ObjectFault::none) give_back(locate(address), caller);
        return;
    }
    if (caller.trace.is_attached() && free_fault(address) == ObjectFault::none)
        report_object(TraceKind::kmem_cache_free, address, caller);
    --caches_[own.value].used;
    free_debugged(pages_.find(address.pfn()), address, caller);
}

SlabAllocator::WrongCache SlabAllocator::wrong_cache(CacheId named) const {
    const SlabCache& of = caches_[named.value];
    const bool looks = of.is_hardened || (of.spec.flags & slab_flag::kConsistencyChecks) != 0;
    return !looks ? WrongCache::unseen : profile_->slab.leaks_wrong_cache ? WrongCache::leaked : WrongCache::given_back;
}

void SlabAllocator::warn_wrong_cache(CacheId named, ObjectAddress address, SlabCaller& caller) {
    const CacheId own = cache_of(address);
    if (wrong_cache(named) == WrongCache::unseen)
        return caller.trace.emit(TraceKind::cache_from_obj, caller.memory.zone_of(address.pfn())->position, 0, 0,
                                 address.pfn().value, named.value, own.value);
    debug_.set_now(caller.jiffies);
    debug_.report_warning(SlabBug::Kind::wrong_cache, caches_[named.value].name, caches_[own.value].name,
                          address.value);
    debug_.add_caches(named.value, own.value);
    const ObjectPlace place = locate(address);
    if (caches_[own.value].is_debugged() && place.object < slabs_[place.slab].objects)
        debug_.add_tracks(view(place.slab), place.object);
    tell_bugs(caller);
}

void SlabAllocator::warn(SlabBug::Kind kind, u64 pointer, SlabCaller& caller, Gfp mask, u32 why) {
    debug_.set_now(caller.jiffies);
    debug_.report_failure(kind, pointer, mask.bits, why);
    debug_.next_untold();  // whoever warns tells it
}

void SlabAllocator::validate(CacheId cache, SlabCaller& caller) {
    debug_.set_now(caller.jiffies);
    const SlabCache& of = caches_[cache.value];
    if (!of.is_debugged()) return;
    for (u32 node = 0; node < nodes_; ++node)
        for (u32 number = node_slabs(cache, node).first; number != kNoSlab; number = slabs_[number].next)
            debug_.validate(view(number));
    tell_bugs(caller);
    if ((of.spec.flags & slab_flag::kStoreUser) == 0) return;
    for (u32 number = 0; number < slabs_.size(); ++number)
        if (slabs_[number].cache == cache.value && slabs_[number].place == SlabPlace::full)
            debug_.validate(view(number));
    tell_bugs(caller);
}

// __kmem_cache_shutdown(): of the slabs that are on a list; full ones are on none, and nothing is said of them.
void SlabAllocator::report_remaining(u32 cache, SlabCaller& caller) {
    debug_.set_now(caller.jiffies);
    for (u32 node = 0; node < nodes_; ++node)
        for (u32 number = node_slabs_[cache * nodes_ + node].first; number != kNoSlab; number = slabs_[number].next)
            debug_.report_remaining(view(number));
    debug_.report_left_over(caches_[cache].name, caller.call);
    tell_bugs(caller);
}

// What was found becomes events: a fault with its repair, then who had the object, then what else is done.
void SlabAllocator::tell_bugs(SlabCaller& caller) {
    for (u32 index = 0; (index = debug_.next_untold()) < debug_.bugs().size();) {
        const SlabBug& bug = debug_.bugs()[index];
        const Pfn pfn = bug.pfn != kNoPfn || bug.pointer == 0 ? bug.pfn : ObjectAddress{bug.pointer}.pfn();
        const Zone* zone = caller.memory.zone_of(pfn);
        const auto tell = [&](TraceKind kind, u32 a, u32 b) {
            caller.trace.emit(kind, zone == nullptr ? 0 : zone->position, bug.order, 0, pfn.value, a, b);
        };
        if (bug.kind == SlabBug::Kind::wrong_cache) {
            tell(TraceKind::cache_from_obj, bug.named, bug.own);
            if (!bug.objects.empty()) tell(TraceKind::print_tracking, index, 0);
            continue;
        }
        const bool is_new = bug.kind != SlabBug::Kind::shown_again;
        if (is_new && bug.overwrites.empty()) tell(TraceKind::slab_bug, index, 0);
        for (u32 range = 0; range < bug.overwrites.size(); ++range) {
            tell(TraceKind::slab_bug, index, range);
            tell(TraceKind::slab_fix, index, range);
        }
        const bool has_tracks = is_new && bug.objects.size() == 1 &&
                                (bug.objects[0].allocated.is_set || bug.objects[0].freed.is_set);
        if (has_tracks) tell(TraceKind::print_tracking, index, 0);
        if (bug.repair != SlabBug::Repair::none) tell(TraceKind::slab_fix, index, kNoSlab);
    }
}

}  // namespace mmscope
