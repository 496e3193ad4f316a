"""What people owe and are owed: the ledger, payments through gateways, payouts and invoices."""
