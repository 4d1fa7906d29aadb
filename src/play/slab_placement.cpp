// Slabs on frames that a machine has in use: cut out of the plans' used blocks as a buddy allocator would, the largest
// slabs first, so that they crowd in few pageblocks and the rest stays whole (play/imported_slabs.h).
#include <algorithm>

#include "play/imported_slabs.h"

namespace mmscope {

namespace {

struct UsedBlock {
    PlacedBlock block;
    u32 zone = 0;  // its number among the planned ones
};

// The used blocks of some zones, by their type and order.
class UsedBlocks {
public:
    void add(const UsedBlock& used) { of(used.block.type, used.block.order).push_back(used); }
    // The smallest block that holds one of this order, of the wanted type if there is one; what it has besides stays.
    bool take(Order order, Migratetype wanted, Prng& prng, Pfn* pfn) {
        if (take_of(order, wanted, prng, pfn)) return true;
        for (u32 type = 0; type < kMigratetypes; ++type)
            if (take_of(order, static_cast<Migratetype>(type), prng, pfn)) return true;
        return false;
    }
    template <class Use>
    void for_each(Use&& use) const {
        for (const auto& by_order : blocks_)
            for (const auto& blocks : by_order)
                for (const UsedBlock& used : blocks) use(used);
    }

private:
    std::vector<UsedBlock>& of(Migratetype type, Order order) { return blocks_[static_cast<u32>(type)][order.value]; }
    bool take_of(Order order, Migratetype type, Prng& prng, Pfn* pfn) {
        Order found = order;
        while (found.value < kNrPageOrders && of(type, found).empty()) ++found.value;
        if (found.value == kNrPageOrders) return false;
        std::vector<UsedBlock>& blocks = of(type, found);
        std::swap(blocks[prng.below(static_cast<u32>(blocks.size()))], blocks.back());
        const UsedBlock taken = blocks.back();
        blocks.pop_back();
        *pfn = taken.block.pfn;
        while (found.value > order.value) {
            --found.value;
            of(type, found).push_back({{taken.block.pfn + found.frames(), found, type}, taken.zone});
        }
        return true;
    }

    std::vector<UsedBlock> blocks_[kMigratetypes][kNrPageOrders];
};

// One pool for each node, and one more for its zone DMA; HighMem and Movable have no slabs.
class Pools {
public:
    Pools(const std::vector<PlannedZone>& zones, const std::vector<u64>& node_pages, u64 seed)
        : left_(node_pages), prng_(seed) {
        for (u32 zone = 0; zone < zones.size(); ++zone) {
            const PlannedZone& planned = zones[zone];
            if (!has_slabs(planned)) continue;
            const u32 pool = pool_of(planned.node, planned.type == ZoneType::dma);
            if (pools_.size() <= pool) pools_.resize(pool + 1);
            for (const PlacedBlock& block : planned.plan.used) pools_[pool].add({block, zone});
        }
        left_.resize((pools_.size() + 1) / 2);
    }
    static bool has_slabs(const PlannedZone& zone) {
        return zone.type != ZoneType::highmem && zone.type != ZoneType::movable;
    }

    // The node that has the fewest of the pages that it should have, then any other; zone DMA last, if not asked for.
    bool take(const CacheSpec& spec, Order order, Pfn* pfn) {
        const bool is_reclaimable = (spec.flags & slab_flag::kReclaimAccount) != 0;
        const Migratetype type = is_reclaimable ? Migratetype::reclaimable : Migratetype::unmovable;
        const bool is_dma = (spec.flags & slab_flag::kCacheDma) != 0;
        const auto fullest = std::max_element(left_.begin(), left_.end());
        const u32 first = static_cast<u32>(fullest - left_.begin());
        const u32 nodes = static_cast<u32>(left_.size());
        for (const bool in_dma : {is_dma, !is_dma})
            for (u32 step = 0; step < nodes; ++step) {
                const u32 node = (first + step) % nodes;
                const u32 pool = pool_of(node, in_dma);
                if (pool >= pools_.size() || !pools_[pool].take(order, type, prng_, pfn)) continue;
                left_[node] -= std::min<u64>(left_[node], order.frames());
                return true;
            }
        return false;
    }
    void give_back(std::vector<PlannedZone>* zones) const {
        for (PlannedZone& zone : *zones)
            if (has_slabs(zone)) zone.plan.used.clear();
        for (const UsedBlocks& pool : pools_)
            pool.for_each([&](const UsedBlock& used) { (*zones)[used.zone].plan.used.push_back(used.block); });
        const auto lower = [](const PlacedBlock& a, const PlacedBlock& b) { return a.pfn.value < b.pfn.value; };
        for (PlannedZone& zone : *zones) std::sort(zone.plan.used.begin(), zone.plan.used.end(), lower);
    }

private:
    static u32 pool_of(u32 node, bool is_dma) { return 2 * node + (is_dma ? 1 : 0); }

    std::vector<u64> left_;  // pages, by node
    std::vector<UsedBlocks> pools_;
    Prng prng_;
};

}  // namespace

Result<bool, Message> place_slabs(const std::vector<u64>& node_pages, u64 seed, std::vector<PlannedZone>* zones,
                                  std::vector<ImportedCache>* caches) {
    struct Wanted {
        u8 order;
        u32 cache, slab;
    };
    std::vector<Wanted> wanted;
    for (u32 cache = 0; cache < caches->size(); ++cache) {
        (*caches)[cache].blocks.resize((*caches)[cache].all_slabs());
        for (u32 slab = 0; slab < (*caches)[cache].all_slabs(); ++slab)
            wanted.push_back({(*caches)[cache].order_of(slab).value, cache, slab});
    }
    std::stable_sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.order > b.order; });
    Pools pools(*zones, node_pages, seed);
    for (const auto& [order, cache, slab] : wanted) {
        ImportedCache& of = (*caches)[cache];
        if (!pools.take(of.spec, {order}, &of.blocks[slab]))
            return Message("import.slabs_do_not_fit").text("cache", of.name).number("order", order);
    }
    pools.give_back(zones);
    return true;
}

}  // namespace mmscope
