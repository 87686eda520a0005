"""From records to what is counted: corrections, contracts, joins, territory, people."""
