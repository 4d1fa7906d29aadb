// Random mmap, munmap, mprotect, fork, accesses and exit against a naive reference: a map of pages by process, each
// with its rights and the page object that it shows. Two pages share a frame if and only if they show one object.
#include <gtest/gtest.h>

#include <map>

#include "base/prng.h"
#include "process_machine.h"

namespace mmscope {
namespace {

using test::kExec;
using test::kPrivateAnonymous;
using test::kRead;
using test::kSharedAnonymous;
using test::kWrite;
using test::ProcessMachine;

constexpr u32 kNothing = 0;  // no object yet: never touched, or the zero page

struct NaivePage {
    u32 rights = 0;
    bool is_shared = false;
    u32 object = kNothing;
    u32 shared_key = 0;  // of shared memory: which page of which memory
};

// One process's memory by page number; shared memory finds its objects by key.
struct NaiveProcess {
    std::map<u64, NaivePage> pages;
};

class Model {
public:
    explicit Model(u64 seed) : prng_(seed), machine_(Arch::x86_64, 32) {
        processes_[machine_.fork()] = {};
        for (const Vma& area : machine_.mm(2).areas)
            for (u64 page = area.start >> kPageShift; page < area.end >> kPageShift; ++page)
                processes_[2].pages[page].rights = kRead | kWrite;
        NaivePage& top = processes_[2].pages[(machine_.mm(2).start_stack >> kPageShift) - 1];
        top.object = new_object();  // its frame is shared with init
        ++uses_[top.object];
    }

    void step() {
        const u64 dice = draw(100);
        const u32 pid = some_process();
        if (dice < 15)
            map(pid);
        else if (dice < 27)
            unmap(pid);
        else if (dice < 40)
            protect(pid);
        else if (dice < 44 && processes_.size() < 6)
            fork(pid);
        else if (dice < 47 && processes_.size() > 1)
            exit(pid);
        else
            access(pid);
    }

    // Everything that both say: rights by page, frames by object.
    void compare() {
        std::map<u32, u32> frame_of_object, object_of_frame;
        for (auto& [pid, process] : processes_) {
            u64 pages = 0;
            for (const Vma& area : machine_.mm(pid).areas) pages += area.pages();
            ASSERT_EQ(pages, process.pages.size());
            for (const auto& [page, naive] : process.pages) {
                const u64 address = page << kPageShift;
                const Vma* area = machine_.mm(pid).area_of(address);
                ASSERT_NE(area, nullptr);
                ASSERT_EQ(area->flags & vm_flag::kAccess, naive.rights);
                const PageEntry entry = machine_.entry(pid, address);
                const u32 object =
                    naive.is_shared ? (entry.has_page() ? shared_[naive.shared_key] : kNothing) : naive.object;
                ASSERT_EQ(object != kNothing, entry.has_page() && !entry.is_zero_page()) << "page " << page;
                if (object == kNothing) continue;
                const u32 frame = entry.pfn().value;
                ASSERT_EQ(frame_of_object.emplace(object, frame).first->second, frame);
                ASSERT_EQ(object_of_frame.emplace(frame, object).first->second, object);
            }
        }
    }

private:
    u64 draw(u64 below) { return static_cast<u64>(prng_.between(0, static_cast<i64>(below) - 1)); }
    u32 new_object() { return ++objects_; }
    u32 some_process() {
        auto at = processes_.begin();
        std::advance(at, static_cast<i64>(draw(processes_.size())));
        return at->first;
    }
    u64 some_page() { return kFirstPage + draw(kPages); }

    void map(u32 pid) {
        const u64 page = some_page(), pages = 1 + draw(12);
        const u32 rights = static_cast<u32>(draw(8));
        const bool is_shared = draw(4) == 0;
        const u32 flags = (is_shared ? kSharedAnonymous : kPrivateAnonymous) | map_flag::kFixed;
        ASSERT_EQ(machine_.mmap(pid, {page << kPageShift, pages * kPageSize, rights, flags}),
                  static_cast<i64>(page << kPageShift));
        for (u64 at = page; at < page + pages; ++at) {
            drop(pid, at);
            NaivePage fresh{rights, is_shared, kNothing, 0};
            if (is_shared) fresh.shared_key = ++shared_keys_;
            processes_[pid].pages[at] = fresh;
        }
    }

    void unmap(u32 pid) {
        const u64 page = some_page(), pages = 1 + draw(20);
        ASSERT_EQ(machine_.munmap(pid, page << kPageShift, pages * kPageSize), 0);
        for (u64 at = page; at < page + pages; ++at) drop(pid, at);
    }

    void protect(u32 pid) {
        const u64 page = some_page(), pages = 1 + draw(20);
        const u32 rights = static_cast<u32>(draw(8));
        bool is_whole = true;
        std::map<u64, NaivePage>& own = processes_[pid].pages;
        for (u64 at = page; at < page + pages && is_whole; ++at) {
            is_whole = own.count(at) != 0;
            if (is_whole) own[at].rights = rights;
        }
        ASSERT_EQ(machine_.mprotect(pid, page << kPageShift, pages * kPageSize, rights),
                  is_whole ? 0 : failed(Errno::enomem));
    }

    void fork(u32 pid) {
        const u32 child = machine_.fork(pid);
        processes_[child] = processes_[pid];
        for (const auto& [page, naive] : processes_[child].pages)
            if (naive.object != kNothing) ++uses_[naive.object];
    }

    void exit(u32 pid) {
        machine_.exit(pid);
        while (!processes_[pid].pages.empty()) drop(pid, processes_[pid].pages.begin()->first);
        processes_.erase(pid);
    }

    void access(u32 pid) {
        const u64 page = some_page();
        const Access kind = draw(3) == 0 ? Access::read : Access::write;
        machine_.cpu = static_cast<u32>(draw(2));
        const AccessResult result = machine_.access(pid, page << kPageShift, kind);
        std::map<u64, NaivePage>& own = processes_[pid].pages;
        const auto found = own.find(page);
        const u32 needed = kind == Access::write ? kWrite : kRead | kWrite | kExec;
        const bool is_fine = found != own.end() && (found->second.rights & needed) != 0;
        ASSERT_EQ(result.signal == Signal::none, is_fine);
        if (!is_fine) {
            while (!own.empty()) drop(pid, own.begin()->first);
            processes_.erase(pid);
            if (processes_.empty()) *this = Model(draw(1000));
            return;
        }
        NaivePage& naive = found->second;
        if (naive.is_shared) {
            if (shared_[naive.shared_key] == kNothing) shared_[naive.shared_key] = new_object();
        } else if (kind == Access::write && (naive.object == kNothing || uses_[naive.object] > 1)) {
            if (naive.object != kNothing) --uses_[naive.object];
            naive.object = new_object();
            ++uses_[naive.object];
        }
    }

    void drop(u32 pid, u64 page) {
        std::map<u64, NaivePage>& own = processes_[pid].pages;
        const auto found = own.find(page);
        if (found == own.end()) return;
        if (found->second.object != kNothing) --uses_[found->second.object];
        own.erase(found);
    }

    static constexpr u64 kFirstPage = 0x7f0000000 - 20;  // so that some areas lie in two page tables
    static constexpr u64 kPages = 60;

    Prng prng_;
    ProcessMachine machine_;
    std::map<u32, NaiveProcess> processes_;
    std::map<u32, u32> uses_;    // of private objects, by processes
    std::map<u32, u32> shared_;  // object by key
    u32 objects_ = 0;
    u32 shared_keys_ = 0;
};

TEST(ProcessModel, random_calls_agree_with_a_naive_map_of_pages) {
    for (u64 seed = 1; seed <= 12; ++seed) {
        Model model(seed);
        for (u32 step = 0; step < 150; ++step) {
            model.step();
            model.compare();
            ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", step " << step;
        }
    }
}

}  // namespace
}  // namespace mmscope
