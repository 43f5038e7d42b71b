"""What must hold in every state of a contract, by name (DESIGN.md section 3, "Proven")."""

ONE_BACKUP = "at most one backup at a time"
BACKUP_IS_A_CALL = "a backup is in progress exactly while a call makes it"
NOT_FREED = "no instance is freed under a backup"
LATER_STAGE = "every internal step leads to a later stage"
RETURNS = "a return of every pending call stays reachable"
"""Proven by its two halves: steps lead to later stages, so they end; and no state with calls in flight is stuck."""

INVARIANTS = (ONE_BACKUP, BACKUP_IS_A_CALL, NOT_FREED, LATER_STAGE, RETURNS)
