"""Pure decisions: what a contract may say, who gets which fen, what a refund takes back."""
