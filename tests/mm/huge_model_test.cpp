// Random writes, reads, forks, exits, unmappings, changes of rights, advice and reclaim where faults bring huge pages,
// against a naive map: which page object each page of each process shows since it was last written to. Two written pages
// are in one place, a frame or a slot, if and only if they show one object; one that nobody wrote to shares with none.
#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"
#include "mm/huge_memory.h"
#include "mm/swap.h"
#include "mm/vmscan.h"
#include "process_machine.h"

namespace mmscope {
namespace {

using test::kRead;
using test::kWrite;
using test::ProcessMachine;

constexpr u32 kNothing = 0;
constexpr u32 kUnwritten = 0x80000000;         // and the page's number: what nobody wrote to
constexpr u64 kSlotPlace = u64{1} << 32;       // a place that is a slot, not a frame
constexpr u64 kBase = 0x40000000 - 0x1000000;  // so that some leaves stand in another PD

struct NaivePage {
    u32 rights = 0;
    bool is_mapped = false;
    u32 object = kNothing;
};

class Model {
public:
    Model(u64 seed, Arch arch) : prng_(seed), machine_(arch, 64) {
        leaf_pages_ = machine_.memory.frames().pageblock_order().frames();
        first_page_ = (kBase >> kPageShift) - leaf_pages_ / 2;
        pages_of_area_ = 4 * leaf_pages_;
        switch_to(ThpEnabled::always);
        EXPECT_GE(Swap(machine_.memory, 0, machine_.trace).swapon((100 + draw(4000)) * kPageSize, 0, 1), 0);
        const u32 pid = machine_.fork();
        pages_[pid].resize(pages_of_area_);
        map(pid, 0, pages_of_area_);
    }

    void step() {
        const u64 dice = draw(100);
        const u32 pid = some_process();
        if (dice < 40)
            access(pid);
        else if (dice < 46)
            reclaim();
        else if (dice < 54 && pages_.size() < 4)
            fork(pid);
        else if (dice < 59 && pages_.size() > 1)
            exit(pid);
        else if (dice < 72)
            drop(pid);
        else if (dice < 77)
            protect(pid);
        else if (dice < 92)
            unmap(pid);
        else if (dice < 95)
            advise(pid);
        else if (dice < 97)
            machine_.cpu = static_cast<u32>(draw(2));
        else
            switch_to(static_cast<ThpEnabled>(draw(3) == 0 ? 1 : 0));
        EXPECT_EQ(machine_.memory.check(), "");
    }

    void compare() {
        std::map<u32, u64> place_of_object;
        std::map<u64, u32> object_at;
        for (const auto& [pid, pages] : pages_) {
            for (u32 page = 0; page < pages.size(); ++page) {
                const PageEntry entry = entry_of(pid, page);
                const NaivePage& naive = pages[page];
                ASSERT_TRUE(naive.is_mapped || entry.is_none());
                const bool is_somewhere = !entry.is_none() && !entry.is_zero_page();
                ASSERT_TRUE(is_somewhere || naive.object == kNothing) << "process " << pid << ", page " << page;
                if (!is_somewhere) continue;
                const u32 object = naive.object != kNothing ? naive.object : kUnwritten | page;
                const u64 place = place_of(entry);
                ASSERT_EQ(object_at.emplace(place, object).first->second, object);
                if (naive.object == kNothing) continue;
                ASSERT_EQ(place_of_object.emplace(object, place).first->second, place);
            }
        }
    }
    u64 counted(VmCounter counter) const { return machine_.memory.vmstat(counter); }

private:
    u64 draw(u64 below) { return static_cast<u64>(prng_.between(0, static_cast<i64>(below) - 1)); }
    u64 address(u64 page) const { return (first_page_ + page) << kPageShift; }
    u32 some_process() {
        auto at = pages_.begin();
        std::advance(at, static_cast<i64>(draw(pages_.size())));
        return at->first;
    }
    // Whole leaves as often as odd parts of them.
    void some_range(u64* first, u64* pages) {
        if (draw(5) < 2) {
            *first = leaf_pages_ / 2 + draw(3) * leaf_pages_;
            *pages = leaf_pages_;
            return;
        }
        *first = draw(pages_of_area_);
        *pages = 1 + draw(std::min<u64>(pages_of_area_ - *first, leaf_pages_));
    }
    PageEntry entry_of(u32 pid, u64 page) {
        const auto leaf = machine_.tables(pid).find_huge(address(page));
        if (!leaf) return machine_.entry(pid, address(page));
        const PageEntry entry = machine_.tables(pid).read(*leaf);
        const u32 inside = static_cast<u32>((first_page_ + page) % leaf_pages_);
        return entry.is_zero_page() ? entry : PageEntry::of(entry.pfn() + inside, entry.flags() & ~entry_bit::kLarge);
    }
    u64 place_of(PageEntry entry) const {
        if (entry.has_page()) return entry.pfn().value;
        const SwapEntry slot = machine_.memory.processes().mode.swap_of(entry);
        const Pfn cached = machine_.memory.swap().cached(slot);
        return cached != kNoPfn ? cached.value : kSlotPlace | slot.value;
    }
    u32 users_of(u32 object, u64 page) const {
        u32 users = 0;
        for (const auto& [pid, pages] : pages_) users += pages[page].object == object;
        return users;
    }
    void switch_to(ThpEnabled enabled) {
        VmSysctl sysctl = machine_.memory.sysctl();
        sysctl.transparent_hugepage = static_cast<u32>(enabled);
        machine_.memory.write_sysctl(SysctlName::transparent_hugepage, sysctl);
    }

    void map(u32 pid, u64 first, u64 pages) {
        const MmapRequest request{address(first), pages * kPageSize, kRead | kWrite,
                                  test::kPrivateAnonymous | map_flag::kFixed};
        ASSERT_EQ(machine_.calls(pid).mmap(request), static_cast<i64>(address(first)));
        for (u64 page = first; page < first + pages; ++page) pages_[pid][page] = {kRead | kWrite, true, kNothing};
    }
    void unmap(u32 pid) {
        u64 first = 0, pages = 0;
        some_range(&first, &pages);
        if (draw(4) != 0) return map(pid, first, pages);
        ASSERT_EQ(machine_.calls(pid).munmap(address(first), pages * kPageSize), 0);
        for (u64 page = first; page < first + pages; ++page) pages_[pid][page] = {};
    }
    void access(u32 pid) {
        const u64 page = draw(pages_of_area_);
        NaivePage& naive = pages_[pid][page];
        if ((naive.rights & kWrite) == 0 || !naive.is_mapped) return;
        if (draw(4) == 0) {
            ASSERT_EQ(machine_.read(pid, address(page)).signal, Signal::none);
            return;
        }
        const AccessResult result = machine_.write(pid, address(page));
        ASSERT_FALSE(result.is_out_of_memory);
        ASSERT_EQ(result.signal, Signal::none);
        if (naive.object == kNothing || users_of(naive.object, page) > 1) naive.object = ++objects_;
    }
    void reclaim() {
        const AllocRequest request = machine_.memory.request_of({gfp::kKernel}, {0}, 1, 0);
        for (u64 round = draw(3); round != 0; --round)
            Reclaim(machine_.memory, 0, machine_.trace).try_to_free_pages(request);
        machine_.memory.run_daemons(0, machine_.trace);
    }
    void fork(u32 pid) { pages_[machine_.fork(pid)] = pages_[pid]; }
    void exit(u32 pid) {
        machine_.exit(pid);
        pages_.erase(pid);
    }
    void drop(u32 pid) {
        u64 first = 0, pages = 0;
        some_range(&first, &pages);
        machine_.calls(pid).madvise(address(first), pages * kPageSize, advice::kDontNeed);
        for (u64 page = first; page < first + pages; ++page) pages_[pid][page].object = kNothing;
    }
    void protect(u32 pid) {
        u64 first = 0, pages = 0;
        some_range(&first, &pages);
        const u32 rights = static_cast<u32>(draw(3) == 0 ? 0 : draw(2) == 0 ? kRead : kRead | kWrite);
        bool is_whole = true;
        for (u64 page = first; page < first + pages && is_whole; ++page) {
            is_whole = pages_[pid][page].is_mapped;
            if (is_whole) pages_[pid][page].rights = rights;
        }
        ASSERT_EQ(machine_.calls(pid).mprotect(address(first), pages * kPageSize, rights),
                  is_whole ? 0 : failed(Errno::enomem));
    }
    void advise(u32 pid) {
        u64 first = 0, pages = 0;
        some_range(&first, &pages);
        machine_.calls(pid).madvise(address(first), pages * kPageSize,
                                    draw(3) == 0 ? advice::kNoHugePage : advice::kHugePage);
    }

    Prng prng_;
    ProcessMachine machine_;
    u64 first_page_ = 0;
    u64 pages_of_area_ = 0;
    u32 leaf_pages_ = 0;
    std::map<u32, std::vector<NaivePage>> pages_;  // by process
    u32 objects_ = 0;
};

TEST(HugeModel, every_page_is_in_one_place_and_shared_as_a_naive_map_says_whatever_is_huge) {
    std::map<VmCounter, u64> sums;
    for (u64 seed = 1; seed <= 6; ++seed) {
        const Arch arch = seed % 3 == 0 ? Arch::x86_32 : seed % 3 == 1 ? Arch::x86_64 : Arch::x86_32_pae;
        Model model(seed, arch);
        for (u32 step = 0; step < 240; ++step) {
            model.step();
            if (step % 2 == 0) model.compare();
            ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", step " << step;
        }
        for (const VmCounter counter : {VmCounter::thp_fault_alloc, VmCounter::thp_split_pmd, VmCounter::thp_split_page,
                                        VmCounter::thp_deferred_split_page, VmCounter::pswpout})
            sums[counter] += model.counted(counter);
    }
    EXPECT_GT(sums[VmCounter::thp_fault_alloc], 40U);
    EXPECT_GT(sums[VmCounter::thp_split_pmd], 40U);
    EXPECT_GT(sums[VmCounter::thp_split_page], 10U);
    EXPECT_GT(sums[VmCounter::thp_deferred_split_page], 10U);
    EXPECT_GT(sums[VmCounter::pswpout], 500U);
}

}  // namespace
}  // namespace mmscope
