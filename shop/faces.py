"""Every face of the shop and where it answers; a new page module adds one row here."""

from dataclasses import dataclass

from flask import Blueprint

from shop import operations, stylesheets
from shop.api import addresses as api_addresses
from shop.api import catalog as api_catalog
from shop.api import certificates as api_certificates
from shop.api import claims as api_claims
from shop.api import contracts as api_contracts
from shop.api import coupons as api_coupons
from shop.api import docs as api_docs
from shop.api import entitlements as api_entitlements
from shop.api import epcis as api_epcis
from shop.api import invoices as api_invoices
from shop.api import measures as api_measures
from shop.api import openapi as api_openapi
from shop.api import orders as api_orders
from shop.api import payments as api_payments
from shop.api import payouts as api_payouts
from shop.api import readings as api_readings
from shop.api import receipts as api_receipts
from shop.api import recognitions as api_recognitions
from shop.api import shipments as api_shipments
from shop.api import telemetry as api_telemetry
from shop.api import transfers as api_transfers
from shop.api import webhooks as api_webhooks
from shop.api import weights as api_weights
from shop.console import accounts as console_accounts
from shop.console import audit as console_audit
from shop.console import bank as console_bank
from shop.console import calibrations as console_calibrations
from shop.console import cancellations as console_cancellations
from shop.console import carriers as console_carriers
from shop.console import certificates as console_certificates
from shop.console import claims as console_claims
from shop.console import editorial as console_editorial
from shop.console import entitlements as console_entitlements
from shop.console import evidence as console_evidence
from shop.console import exceptions as console_exceptions
from shop.console import excursions as console_excursions
from shop.console import home as console_home
from shop.console import invariants as console_invariants
from shop.console import invoices as console_invoices
from shop.console import late as console_late
from shop.console import limits as console_limits
from shop.console import listings as console_listings
from shop.console import looks as console_looks
from shop.console import offers as console_offers
from shop.console import orders as console_orders
from shop.console import organisations as console_organisations
from shop.console import outbox as console_outbox
from shop.console import partners as console_partners
from shop.console import payments as console_payments
from shop.console import payouts as console_payouts
from shop.console import readings as console_readings
from shop.console import recalls as console_recalls
from shop.console import receivables as console_receivables
from shop.console import refunds as console_refunds
from shop.console import retention as console_retention
from shop.console import reviews as console_reviews
from shop.console import rights as console_rights
from shop.console import search as console_search
from shop.console import settlements as console_settlements
from shop.console import terms as console_terms
from shop.console import what_if as console_what_if
from shop.console import words as console_words
from shop.household import allotments as household_allotments
from shop.household import contracts as household_contracts
from shop.household import earnings as household_earnings
from shop.household import looks as household_looks
from shop.household import membership as household_membership
from shop.household import paper as household_paper
from shop.household import payouts as household_payouts
from shop.household import rights as household_rights
from shop.household import statement as household_statement
from shop.oversight import alerts as oversight_alerts
from shop.oversight import allotments as oversight_allotments
from shop.oversight import contracts as oversight_contracts
from shop.oversight import entitlements as oversight_entitlements
from shop.oversight import exports as oversight_exports
from shop.oversight import home as oversight_home
from shop.oversight import households as oversight_households
from shop.oversight import identities as oversight_identities
from shop.oversight import income as oversight_income
from shop.oversight import income_files as oversight_income_files
from shop.oversight import income_sources as oversight_income_sources
from shop.oversight import map as oversight_map
from shop.oversight import memberships as oversight_memberships
from shop.oversight import pairings as oversight_pairings
from shop.oversight import recognition as oversight_recognition
from shop.oversight import register as oversight_register
from shop.oversight import register_cards as oversight_register_cards
from shop.oversight import register_exports as oversight_register_exports
from shop.oversight import register_figures as oversight_register_figures
from shop.oversight import register_imports as oversight_register_imports
from shop.oversight import register_procedures as oversight_register_procedures
from shop.oversight import register_visits as oversight_register_visits
from shop.oversight import register_warnings as oversight_register_warnings
from shop.oversight import village_money as oversight_village_money
from shop.oversight import volumes as oversight_volumes
from shop.oversight import what_if as oversight_what_if
from shop.purchasing import invoices as purchasing_invoices
from shop.purchasing import pledges as purchasing_pledges
from shop.purchasing import terms as purchasing_terms
from shop.storefront import account as storefront_account
from shop.storefront import addresses as storefront_addresses
from shop.storefront import basket as storefront_basket
from shop.storefront import brands as storefront_brands
from shop.storefront import catalog as storefront_catalog
from shop.storefront import certificates as storefront_certificates
from shop.storefront import checkout as storefront_checkout
from shop.storefront import claims as storefront_claims
from shop.storefront import confirm as storefront_confirm
from shop.storefront import coupons as storefront_coupons
from shop.storefront import deals as storefront_deals
from shop.storefront import destination as storefront_destination
from shop.storefront import digital_link as storefront_digital_link
from shop.storefront import events as storefront_events
from shop.storefront import favourites as storefront_favourites
from shop.storefront import help as storefront_help
from shop.storefront import home as storefront_home
from shop.storefront import invoices as storefront_invoices
from shop.storefront import map as storefront_map
from shop.storefront import notices as storefront_notices
from shop.storefront import orders as storefront_orders
from shop.storefront import pay as storefront_pay
from shop.storefront import pictures as storefront_pictures
from shop.storefront import recognition as storefront_recognition
from shop.storefront import refunds as storefront_refunds
from shop.storefront import reviews as storefront_reviews
from shop.storefront import rights as storefront_rights
from shop.storefront import search as storefront_search
from shop.storefront import seen as storefront_seen
from shop.storefront import series as storefront_series
from shop.storefront import sitemap as storefront_sitemap
from shop.storefront import suggest as storefront_suggest
from shop.storefront import terms as storefront_terms
from shop.storefront import titles as storefront_titles
from shop.storefront import trace as storefront_trace
from shop.storefront import transfer as storefront_transfer
from shop.storefront import villages as storefront_villages
from supplier_portal import advances as supplier_advances
from supplier_portal import allotments as supplier_allotments
from supplier_portal import boxes as supplier_boxes
from supplier_portal import certificates as supplier_certificates
from supplier_portal import claims as supplier_claims
from supplier_portal import contract_drafts as supplier_contract_drafts
from supplier_portal import contracts as supplier_contracts
from supplier_portal import entitlements as supplier_entitlements
from supplier_portal import home as supplier_home
from supplier_portal import invitations as supplier_invitations
from supplier_portal import invoices as supplier_invoices
from supplier_portal import listings as supplier_listings
from supplier_portal import lots as supplier_lots
from supplier_portal import members as supplier_members
from supplier_portal import offers as supplier_offers
from supplier_portal import orders as supplier_orders
from supplier_portal import parcels as supplier_parcels
from supplier_portal import payouts as supplier_payouts
from supplier_portal import presales as supplier_presales
from supplier_portal import products as supplier_products
from supplier_portal import receipts as supplier_receipts
from supplier_portal import recognition as supplier_recognition
from supplier_portal import reviews as supplier_reviews
from supplier_portal import shipping as supplier_shipping
from supplier_portal import statement as supplier_statement
from supplier_portal import statement_files as supplier_statement_files
from supplier_portal import stores as supplier_stores
from supplier_portal import village as supplier_village
from supplier_portal import warnings as supplier_warnings
from supplier_portal import weights as supplier_weights


@dataclass(frozen=True, slots=True)
class Face:
    """One blueprint under one prefix; `csrf=False` only where no cookie proves the caller."""

    blueprint: Blueprint
    prefix: str = ""
    csrf: bool = True


API = "/api/v1"

FACES: tuple[Face, ...] = (
    Face(operations.pages),
    Face(stylesheets.pages),
    Face(api_catalog.pages, API),
    Face(api_contracts.pages, API),
    # Loggers sign; a signed-in browser's form token is checked by the view itself, because
    # guests, whom no cookie proves, order here too.
    Face(api_orders.pages, API, csrf=False),
    Face(api_claims.pages, API, csrf=False),
    Face(api_payments.pages, API, csrf=False),
    Face(api_readings.pages, API, csrf=False),
    Face(api_telemetry.pages, API, csrf=False),
    Face(api_shipments.pages, API),
    Face(api_webhooks.pages, API, csrf=False),
    Face(api_transfers.pages, API, csrf=False),
    Face(api_invoices.pages, API),
    Face(api_payouts.pages, API),
    Face(api_addresses.pages, API),
    Face(api_receipts.pages, API),
    Face(api_weights.pages, API),
    Face(api_coupons.pages, API),
    # Partners' machines send keys of their own; no cookie counts there.
    Face(api_epcis.pages, "/api/epcis", csrf=False),
    Face(api_certificates.pages, API),
    Face(api_recognitions.pages, API),
    Face(api_entitlements.pages, API),
    Face(api_measures.pages, API),
    Face(api_openapi.pages, API),
    Face(api_docs.pages, API),
    Face(storefront_home.pages),
    Face(storefront_events.pages),
    Face(storefront_deals.pages),
    Face(storefront_catalog.pages),
    Face(storefront_search.pages),
    Face(storefront_reviews.pages),
    Face(storefront_favourites.pages),
    Face(storefront_seen.pages),
    Face(storefront_suggest.pages),
    Face(storefront_villages.pages),
    Face(storefront_trace.pages),
    Face(storefront_brands.pages),
    Face(storefront_series.pages),
    Face(storefront_map.pages),
    Face(storefront_help.pages),
    Face(storefront_sitemap.pages),
    Face(storefront_certificates.pages),
    Face(storefront_recognition.pages),
    Face(storefront_basket.pages),
    Face(storefront_destination.pages),
    Face(storefront_digital_link.pages),
    Face(storefront_checkout.pages),
    Face(storefront_coupons.pages),
    Face(storefront_pay.pages),
    Face(storefront_transfer.pages),
    Face(storefront_terms.pages),
    Face(storefront_pictures.pages),
    Face(storefront_refunds.pages),
    Face(storefront_invoices.pages),
    Face(storefront_orders.pages),
    Face(storefront_claims.pages),
    Face(storefront_notices.pages),
    Face(storefront_account.pages),
    Face(storefront_addresses.pages),
    Face(storefront_titles.pages),
    Face(storefront_rights.pages),
    Face(storefront_confirm.pages),
    Face(purchasing_pledges.pages, "/purchasing"),
    Face(purchasing_invoices.pages, "/purchasing"),
    Face(purchasing_terms.pages, "/purchasing"),
    Face(household_allotments.pages, "/household"),
    Face(household_statement.pages, "/household"),
    Face(household_contracts.pages, "/household"),
    Face(household_payouts.pages, "/household"),
    Face(household_earnings.pages, "/household"),
    Face(household_paper.pages, "/household"),
    Face(household_looks.pages, "/household"),
    Face(household_membership.pages, "/household"),
    Face(household_rights.pages, "/household"),
    Face(supplier_home.pages, "/supplier"),
    Face(supplier_orders.pages, "/supplier"),
    Face(supplier_weights.pages, "/supplier"),
    Face(supplier_claims.pages, "/supplier"),
    Face(supplier_reviews.pages, "/supplier"),
    Face(supplier_products.pages, "/supplier"),
    Face(supplier_listings.pages, "/supplier"),
    Face(supplier_offers.pages, "/supplier"),
    Face(supplier_presales.pages, "/supplier"),
    Face(supplier_parcels.pages, "/supplier"),
    Face(supplier_shipping.pages, "/supplier"),
    Face(supplier_stores.pages, "/supplier"),
    Face(supplier_boxes.pages, "/supplier"),
    Face(supplier_lots.pages, "/supplier"),
    Face(supplier_certificates.pages, "/supplier"),
    Face(supplier_recognition.pages, "/supplier"),
    Face(supplier_invoices.pages, "/supplier"),
    Face(supplier_contracts.pages, "/supplier"),
    Face(supplier_contract_drafts.pages, "/supplier"),
    Face(supplier_advances.pages, "/supplier"),
    Face(supplier_allotments.pages, "/supplier"),
    Face(supplier_receipts.pages, "/supplier"),
    Face(supplier_statement.pages, "/supplier"),
    Face(supplier_warnings.pages, "/supplier"),
    Face(supplier_statement_files.pages, "/supplier"),
    Face(supplier_village.pages, "/supplier"),
    Face(supplier_payouts.pages, "/supplier"),
    Face(supplier_entitlements.pages, "/supplier"),
    Face(supplier_members.pages, "/supplier"),
    Face(supplier_invitations.pages, "/supplier"),
    Face(oversight_home.pages, "/oversight"),
    Face(oversight_volumes.pages, "/oversight"),
    Face(oversight_what_if.pages, "/oversight"),
    Face(oversight_allotments.pages, "/oversight"),
    Face(oversight_exports.pages, "/oversight"),
    Face(oversight_map.pages, "/oversight"),
    Face(oversight_households.pages, "/oversight"),
    Face(oversight_income.pages, "/oversight"),
    Face(oversight_income_files.pages, "/oversight"),
    Face(oversight_income_sources.pages, "/oversight"),
    Face(oversight_village_money.pages, "/oversight"),
    Face(oversight_contracts.pages, "/oversight"),
    Face(oversight_pairings.pages, "/oversight"),
    Face(oversight_identities.pages, "/oversight"),
    Face(oversight_entitlements.pages, "/oversight"),
    Face(oversight_alerts.pages, "/oversight"),
    Face(oversight_memberships.pages, "/oversight"),
    Face(oversight_recognition.pages, "/oversight"),
    Face(oversight_register.pages, "/oversight"),
    Face(oversight_register_cards.pages, "/oversight"),
    Face(oversight_register_exports.pages, "/oversight"),
    Face(oversight_register_figures.pages, "/oversight"),
    Face(oversight_register_imports.pages, "/oversight"),
    Face(oversight_register_procedures.pages, "/oversight"),
    Face(oversight_register_visits.pages, "/oversight"),
    Face(oversight_register_warnings.pages, "/oversight"),
    Face(console_home.pages, "/console"),
    Face(console_carriers.pages, "/console"),
    Face(console_partners.pages, "/console"),
    Face(console_orders.pages, "/console"),
    Face(console_offers.pages, "/console"),
    Face(console_editorial.pages, "/console"),
    Face(console_listings.pages, "/console"),
    Face(console_late.pages, "/console"),
    Face(console_excursions.pages, "/console"),
    Face(console_evidence.pages, "/console"),
    Face(console_calibrations.pages, "/console"),
    Face(console_payments.pages, "/console"),
    Face(console_exceptions.pages, "/console"),
    Face(console_bank.pages, "/console"),
    Face(console_invoices.pages, "/console"),
    Face(console_receivables.pages, "/console"),
    Face(console_terms.pages, "/console"),
    Face(console_refunds.pages, "/console"),
    Face(console_claims.pages, "/console"),
    Face(console_reviews.pages, "/console"),
    Face(console_certificates.pages, "/console"),
    Face(console_recalls.pages, "/console"),
    Face(console_settlements.pages, "/console"),
    Face(console_cancellations.pages, "/console"),
    Face(console_payouts.pages, "/console"),
    Face(console_outbox.pages, "/console"),
    Face(console_invariants.pages, "/console"),
    Face(console_accounts.pages, "/console"),
    Face(console_organisations.pages, "/console"),
    Face(console_limits.pages, "/console"),
    Face(console_readings.pages, "/console"),
    Face(console_search.pages, "/console"),
    Face(console_what_if.pages, "/console"),
    Face(console_words.pages, "/console"),
    Face(console_audit.pages, "/console"),
    Face(console_rights.pages, "/console"),
    Face(console_retention.pages, "/console"),
    Face(console_looks.pages, "/console"),
    Face(console_entitlements.pages, "/console"),
)
